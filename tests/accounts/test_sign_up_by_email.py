"""Signing up on a desk whose emails reach a mailbox: a link finishes it, and no page tells who has an account."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts.models import FirstAccount, PendingSignUp, User
from task.accounts.throttle import SIGNUP_EMAILS_A_DAY
from task.jobs import Now
from task.jobs.models import Job, State
from task.jobs.pages.form_view import SAVED_BUT_NOT_NOTIFIED
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, errors, flashes, send, token_of
from tests.accounts.sign_ups import (
    FIELDS,
    SENT,
    URL,
    die_before_each_statement,
    link_for,
    link_of,
    signed_in,
)

TOLD = "We are sending an email to Bob@example.org. Open its link to finish signing up."

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(db, clock):
    cache.clear()


# The way


def test_the_link_makes_the_account_and_logs_in(client):
    response = send(client, URL, **FIELDS)
    assert response.headers["Location"] == SENT
    assert flashes(response)[0] == TOLD
    assert TOLD in client.get(SENT).content.decode()
    assert not User.objects.exists()
    assert not signed_in(client)
    execute_all()
    [message] = mail.outbox
    assert message.to == ["Bob@example.org"]
    assert "<html" in message.alternatives[0].content
    page = client.get(link_of(message))
    assert "You will log in with Bob@example.org" in page.content.decode()
    assert not User.objects.exists()  # a program that opens all links makes nothing
    answer = send(client, link_of(message), username="bob")
    assert answer.headers["Location"] == reverse("home")
    assert flashes(answer)[0] == "Welcome, bob. We are sending you a welcome email."
    bob = User.objects.get()
    assert (bob.username, bob.email, bob.is_staff, bob.is_random) == ("bob", "Bob@example.org", False, False)
    assert bob.check_password(PASSWORD)
    assert signed_in(client) == bob.pk
    assert not PendingSignUp.objects.exists()
    execute_all()
    assert [each.subject for each in mail.outbox] == ["Finish signing up", "Welcome to the desk, bob"]
    assert set(Job.objects.values_list("kind", "state", "owner")) == {
        ("accounts.sign_up", State.SUCCEEDED, None),
        ("accounts.welcome", State.SUCCEEDED, bob.pk),
    }


def test_the_link_works_in_another_browser(client):
    elsewhere = Client()
    assert elsewhere.post(link_for(client)).status_code == 302
    assert signed_in(elsewhere) == User.objects.get().pk


def test_no_secret_is_in_a_job(client):
    link = link_for(client)
    for job in Job.objects.all():
        assert job.arguments == {}
        for secret in (link.rstrip("/").rpartition("/")[2], PASSWORD, PendingSignUp.objects.get().password):
            assert secret not in str(vars(job))


def test_the_first_account_of_a_local_desk_is_its_administrators(client, settings):
    settings.LOCAL, settings.HOST = True, "127.0.0.1"
    words = "The first account on this desk becomes its administrator."
    assert words in client.get(URL).content.decode()
    link = link_for(client)
    assert words in client.get(link).content.decode()
    assert "you are the administrator" in flashes(client.post(link))[0]
    assert User.objects.get().is_superuser
    assert FirstAccount.objects.get().user == User.objects.get()


# What nobody learns


def test_the_answer_and_its_work_are_the_same_whether_the_email_has_an_account_or_not(client, alice):
    seen = []
    Client().post(URL, {**FIELDS, "username": "first", "email": "first@example.org"})  # so that the count exists
    for email in ("ALICE@example.org", "nobody@example.org"):
        token = token_of(client, URL)
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(URL, {**FIELDS, "email": email, "form_token": token})
        assert not any("email_key" in query["sql"] for query in queries if "SELECT" in query["sql"])
        job = Job.objects.order_by("-created").first()
        assert flashes(answer) == [f"We are sending an email to {email}. Open its link to finish signing up."]
        seen.append((answer.status_code, answer.headers["Location"], len(queries), job.title, job.owner))
    assert seen[0] == seen[1]
    execute_all()
    assert sorted(message.subject for message in mail.outbox) == [
        "Finish signing up",
        "Finish signing up",
        "You already have an account",
    ]
    jobs = list(Job.objects.values_list("state", "message", "owner", "error", "tally"))
    assert len(set(map(str, jobs))) == 1
    assert User.objects.get() == alice


def test_the_password_is_hashed_for_an_email_that_has_an_account_too(client, alice, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *a: hashed.append(a[0]) or encode(self, *a))
    for email in ("alice@example.org", "nobody@example.org"):
        hashed.clear()
        client.post(URL, {**FIELDS, "email": email})
        assert hashed == [PASSWORD]


@pytest.mark.parametrize(("active", "says"), [(True, reverse("password_reset")), (False, "ask the staff")])
def test_the_owner_reads_that_there_is_an_account(client, alice, active, says):
    User.objects.update(is_active=active)
    send(client, URL, **{**FIELDS, "email": "alice@example.org"})
    execute_all()
    [message] = mail.outbox
    assert (message.to, message.subject) == (["Alice@example.org"], "You already have an account")
    assert says in message.body
    assert (reverse("login") in message.body) is active
    assert "/signup/finish/" not in message.body + message.alternatives[0].content
    assert not PendingSignUp.objects.exists()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_taken_username_is_told(client, alice):
    assert "taken" in errors(send(client, URL, **{**FIELDS, "username": "ALICE"}), "username")
    assert not PendingSignUp.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "maria.lopez.14k2f@ｅｘａｍｐｌｅ.com"}, "email"),
        ({"password1": "12345678", "password2": "12345678"}, "password1"),
        ({"username": "b" * 151}, "username"),
        ({"username": "bo\0b"}, "username"),
    ],
)
def test_bad_input_is_a_sentence_next_to_its_field(client, changes, field):
    assert errors(send(client, URL, **{**FIELDS, **changes}), field)
    assert not Job.objects.exists()
    assert not PendingSignUp.objects.exists()


def test_markup_in_an_address_is_shown_as_text(client):
    send(client, URL, **{**FIELDS, "email": "<b>bob</b>@example.org"})
    assert "<b>bob" not in client.get(SENT).content.decode()


# Once


def test_a_double_click_on_the_form_is_one_email(client):
    fields = {"form_token": token_of(client, URL), **FIELDS}
    for _ in range(2):
        answer = client.post(URL, fields)
        assert answer.headers["Location"] == SENT
        assert flashes(answer)[-1] == TOLD
    assert Job.objects.count() == PendingSignUp.objects.count() == 1


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_the_form_sent_again_later_is_told_the_same_of_every_email(client, alice, email):
    fields = {"form_token": token_of(client, URL), **FIELDS, "email": email}
    client.post(URL, fields)
    execute_all()
    assert client.post(URL, fields).headers["Location"] == SENT
    Job.objects.update(created=Now() - timedelta(hours=25))
    answer = client.post(URL, fields)
    assert answer.headers["Location"] == URL
    assert "Sign up again" in flashes(answer)[-1]


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_whose_process_dies_anywhere_is_sent_again_and_gives_one_email(settings):
    settings.SIGNUPS_AN_HOUR = 1000

    def post(n):
        fields = {**FIELDS, "form_token": f"page {n}", "username": f"u{n}", "email": f"u{n}@example.org"}
        return Client().post(URL, fields)

    for n in die_before_each_statement(post):
        assert post(n).headers["Location"] == SENT
        assert PendingSignUp.objects.filter(email=f"u{n}@example.org").count() == 1
    execute_all()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(f"u{each}@example.org" for each in range(n + 1))
    assert n > 8
    assert Job.objects.count() == n + 1


def test_an_email_that_comes_too_late_is_not_sent(client):
    send(client, URL, **FIELDS)
    PendingSignUp.objects.update(created=Now() - timedelta(hours=25))
    execute_all()
    assert mail.outbox == []
    assert Job.objects.get().message == "This sign-up is already finished, or too old."


# Not too many


def test_a_mailbox_gets_three_emails_a_day_however_it_is_written_and_has_it_an_account_or_not(client, alice, clock):
    for email in ("alice@example.org", "nobody@example.org"):
        written = [email, email.upper(), email.replace("example", "ｅｘａｍｐｌｅ"), email]
        for n, each in enumerate(written[:SIGNUP_EMAILS_A_DAY]):
            assert send(client, URL, **{**FIELDS, "username": f"b{n}", "email": each}).headers["Location"] == SENT
        answer = send(Client(REMOTE_ADDR="192.0.2.7"), URL, **{**FIELDS, "email": written[-1]})
        assert answer.status_code == 429
        [words] = answer.context["form"].non_field_errors()
        assert words.startswith(f"We have sent 3 emails to {email} today. You can ask for another in ")
        assert f'value="{email}"' in answer.content.decode()
    assert Job.objects.count() == PendingSignUp.objects.count() == 2 * SIGNUP_EMAILS_A_DAY
    clock[0] += 86_400
    assert send(client, URL, **FIELDS).headers["Location"] == SENT


def test_an_address_over_its_limit_uses_up_no_mailbox(client, settings):
    settings.SIGNUPS_AN_HOUR = 1
    send(client, URL, **{**FIELDS, "email": "first@example.org"})
    for _ in range(SIGNUP_EMAILS_A_DAY):
        assert "from this network" in send(client, URL, **FIELDS).context["form"].non_field_errors()[0]
    assert send(client, URL, **FIELDS).status_code == 429
    assert send(Client(REMOTE_ADDR="192.0.2.7"), URL, **FIELDS).headers["Location"] == SENT


@pytest.mark.django_db(transaction=True)
def test_who_asks_at_once_gets_no_more_emails_to_one_mailbox():
    people = [{**FIELDS, "username": f"u{n}"} for n in range(8)]
    answers = at_once([lambda each=each: Client().post(URL, each) for each in people])
    assert sorted(answer.status_code for answer in answers) == [302] * 3 + [429] * 5
    assert Job.objects.count() == SIGNUP_EMAILS_A_DAY


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_of_the_emails_of_a_mailbox():
    for turn in range(SIGNUP_EMAILS_A_DAY):
        fields = {**FIELDS, "form_token": f"page {turn}", "username": f"u{turn}"}
        answers = at_once([lambda each=fields: Client().post(URL, each) for _ in range(4)])
        assert [answer.headers.get("Location") for answer in answers] == [SENT] * 4
    assert Job.objects.count() == PendingSignUp.objects.count() == SIGNUP_EMAILS_A_DAY


def test_no_words_of_a_stranger_stand_in_the_email(client):
    send(client, URL, **{**FIELDS, "username": "www.buy-this.example"})
    execute_all()
    [message] = mail.outbox
    assert "buy-this" not in message.subject + message.body + message.alternatives[0].content


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_told(client, monkeypatch):
    monkeypatch.setattr("task.jobs.engine.enqueue.notify", lambda *job: False)
    assert flashes(send(client, URL, **FIELDS)) == [TOLD, SAVED_BUT_NOT_NOTIFIED]


def test_a_person_who_is_signed_in_is_sent_home(member):
    for response in (member.get(URL), member.post(URL, FIELDS)):
        assert response.headers["Location"] == reverse("home")
    assert not PendingSignUp.objects.exists()
