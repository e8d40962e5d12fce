import re
import threading
from datetime import UTC, datetime

import pytest
from django.conf import settings as project
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts.models import User
from task.accounts.throttle import RESETS_PER_ADDRESS, RESETS_PER_CLIENT
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import errors, flashes, send, token_of

URL = reverse("password_reset")
NEW = "another horse 9"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(db, clock):
    cache.clear()


def link_in(message):
    [link] = re.findall(r"https?://\S+/reset/\S+", message.body)
    return link


def test_the_link_comes_by_email_and_sets_a_new_password_once(client, alice):
    response = send(client, URL, email="ALICE@EXAMPLE.ORG")
    assert response.headers["Location"] == reverse("password_reset_done")
    assert client.get(response.headers["Location"]).status_code == 200
    execute_all()
    [message] = mail.outbox
    assert message.to == ["Alice@example.org"]
    link = link_in(message)
    assert link.startswith(project.SITE_URL)
    path = link.removeprefix(project.SITE_URL)
    form = client.get(path, follow=True)
    answer = client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW})
    assert answer.headers["Location"] == reverse("password_reset_complete")
    assert client.get(answer.headers["Location"]).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    client.session.flush()
    assert "no longer works" in client.get(path, follow=True).content.decode()


def test_the_host_header_is_not_in_the_link(client, alice, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post(URL, {"email": alice.email}, HTTP_HOST="evil.example")
    execute_all()
    assert "evil.example" not in mail.outbox[0].body + mail.outbox[0].alternatives[0].content


def test_no_token_is_in_the_job(client, alice):
    send(client, URL, email=alice.email)
    job = Job.objects.get()
    assert (job.arguments, job.owner, job.title) == ({"email": alice.email}, None, "Password reset email")
    execute_all()
    job.refresh_from_db()
    token = link_in(mail.outbox[0]).rstrip("/").split("/")[-1]
    assert token not in str(vars(job))


def test_the_answer_and_its_work_are_the_same_whether_the_account_exists_or_not(client, alice, notifications):
    client.post(URL, {"email": "first@example.org"})  # so that this client's count exists
    Job.objects.all().delete()
    seen = []
    for email in ("alice@example.org", "nobody@example.org"):
        token = token_of(client, URL)
        with CaptureQueriesContext(connection) as queries:
            response = client.post(URL, {"form_token": token, "email": email})
        assert not any("accounts_user" in query["sql"] for query in queries)
        job = Job.objects.order_by("-created").first()
        seen.append((response.status_code, response.headers["Location"], flashes(response), len(queries), job.title))
    assert seen[0] == seen[1]
    execute_all()
    assert len(mail.outbox) == 1
    jobs = list(Job.objects.values_list("state", "message", "owner", "tally", "error"))
    assert len(jobs) == 2
    assert jobs[0] == jobs[1]
    assert jobs[0][0] == State.SUCCEEDED


@pytest.mark.parametrize("what", ["is_active", "is_random", "password"])
def test_no_email_to_who_cannot_use_it(client, alice, what):
    values = {"is_active": False, "is_random": True, "password": "!unusable"}
    User.objects.update(**{what: values[what]})
    send(client, URL, email=alice.email)
    execute_all()
    assert mail.outbox == []
    assert Job.objects.get().state == State.SUCCEEDED


def test_a_members_jobs_do_not_show_it(member, alice):
    send(member, URL, email=alice.email)
    job = Job.objects.get()
    assert member.get(job.get_absolute_url()).status_code == 404
    assert "Password reset" not in member.get(reverse("jobs_list")).content.decode()


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_a_sentence(client, email):
    assert errors(send(client, URL, email=email), "email")
    assert not Job.objects.exists()


def test_a_double_click_is_one_email(client, alice):
    fields = {"form_token": token_of(client, URL), "email": alice.email}
    answers = [client.post(URL, fields).headers["Location"] for _ in range(2)]
    assert answers == [reverse("password_reset_done")] * 2
    assert Job.objects.count() == 1


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_asking_too_often_for_one_address_makes_no_more_jobs_but_the_same_answer(client, alice, email):
    for n in range(RESETS_PER_ADDRESS + 3):
        written = email.upper() if n % 2 else email
        assert send(client, URL, email=written).headers["Location"] == reverse("password_reset_done")
    assert Job.objects.count() == RESETS_PER_ADDRESS


@pytest.mark.django_db(transaction=True)
def test_who_asks_at_once_gets_no_more_than_who_asks_one_after_the_other(alice):
    barrier = threading.Barrier(8)

    def ask(number):
        try:
            barrier.wait()
            for turn in range(2):
                Client().post(URL, {"email": alice.email, "form_token": f"{number}-{turn}"})
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Job.objects.count() == RESETS_PER_ADDRESS


def test_one_client_cannot_ask_for_everybody(client, db):
    for n in range(RESETS_PER_CLIENT + 3):
        client.post(URL, {"email": f"u{n}@example.org"})
    assert Job.objects.count() == RESETS_PER_CLIENT
    client.post(URL, {"email": "u0@example.org"}, REMOTE_ADDR="192.0.2.7")
    assert Job.objects.count() == RESETS_PER_CLIENT + 1


def test_a_client_over_its_limit_does_not_use_up_what_an_address_may_have(client, alice):
    for n in range(RESETS_PER_CLIENT):
        client.post(URL, {"email": f"u{n}@example.org"})
    Job.objects.all().delete()
    for _ in range(RESETS_PER_ADDRESS):
        client.post(URL, {"email": alice.email})
    assert not Job.objects.exists()
    client.post(URL, {"email": alice.email}, REMOTE_ADDR="192.0.2.7")
    assert Job.objects.count() == 1


@pytest.mark.parametrize("gap", [3, 6])  # minutes: a cache's own five stand between
def test_each_hour_of_the_clock_has_as_many_however_often_is_asked(client, alice, clock, monkeypatch, gap):
    monkeypatch.setattr("django.core.cache.backends.db.tz_now", lambda: datetime.fromtimestamp(clock[0], UTC))
    for hour in (1, 2):
        for _ in range(0, 60, gap):
            client.post(URL, {"email": alice.email})
            clock[0] += gap * 60
        assert Job.objects.count() == hour * RESETS_PER_ADDRESS


def test_a_bad_link_says_so(client, alice):
    response = client.get(reverse("password_reset_confirm", args=["MQ", "abc-def"]))
    assert response.status_code == 200
    assert "no longer works" in response.content.decode()


def test_a_new_password_ends_the_lock_of_the_old_one(client, alice, settings):
    settings.AXES_ENABLED, settings.AXES_FAILURE_LIMIT = True, 2
    for _ in range(2):
        client.post(reverse("login"), {"username": alice.email, "password": "wrong"})
    send(client, URL, email=alice.email)
    execute_all()
    form = client.get(link_in(mail.outbox[0]).removeprefix(project.SITE_URL), follow=True)
    client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW})
    response = client.post(reverse("login"), {"username": alice.email, "password": NEW})
    assert response.headers["Location"] == reverse("home")
    assert PASSWORD != NEW


@pytest.mark.parametrize(("backend", "told"), [("console", True), ("smtp", False)])
def test_who_waits_for_the_link_at_the_desks_own_machine_is_told_where_the_emails_go(
    client, db, settings, backend, told
):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    words = "On this desk, emails are printed in the terminal where it runs."
    assert words not in client.get(reverse("password_reset_done")).content.decode()  # anybody's, from anywhere
    settings.LOCAL = settings.IS_LOOPBACK = True
    assert (words in client.get(reverse("password_reset_done")).content.decode()) is told


def test_what_is_wrong_with_a_new_password_stands_at_the_first_field(client, alice):
    send(client, URL, email=alice.email)
    execute_all()
    form = client.get(link_in(mail.outbox[0]).removeprefix(project.SITE_URL), follow=True)
    answer = client.post(form.redirect_chain[-1][0], {"new_password1": "12345678", "new_password2": "12345678"})
    faults = answer.context["form"].errors
    assert "too common" in faults["new_password1"][0]
    assert "new_password2" not in faults
