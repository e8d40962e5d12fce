import threading

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from task.accounts.models import User
from task.accounts.random_users import random_users
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import errors, flashes, send, token_of

URL = reverse("signup")
FIELDS = {"username": "bob", "email": "Bob@example.org", "password1": PASSWORD, "password2": PASSWORD}

pytestmark = pytest.mark.django_db


def signed_in(client):
    return int(client.session.get("_auth_user_id", 0))


def test_signing_up_makes_an_account_a_job_and_a_session(client, notifications, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = send(client, URL, **FIELDS)
    assert response.headers["Location"] == reverse("home")
    assert flashes(response)[0] == "Welcome, bob. A welcome email is on its way."
    bob, job = User.objects.get(), Job.objects.get()
    assert (bob.email, bob.username, bob.is_staff, bob.is_random) == ("Bob@example.org", "bob", False, False)
    assert bob.check_password(PASSWORD)
    assert (job.owner, job.kind, job.arguments) == (bob, "accounts.welcome", {})
    assert notifications == [str(job.pk)]
    assert signed_in(client) == bob.pk


def test_the_worker_sends_the_welcome_email_with_links_from_the_settings(client):
    send(client, URL, **FIELDS)
    assert mail.outbox == []
    execute_all()
    [message] = mail.outbox
    assert message.to == ["Bob@example.org"]
    assert "bob" in message.subject
    assert f"{settings.SITE_URL}{reverse('login')}" in message.body
    assert "<html" in message.alternatives[0].content
    assert Job.objects.get().state == State.SUCCEEDED


def test_the_welcome_email_of_an_account_that_is_gone_is_not_sent(client):
    send(client, URL, **FIELDS)
    User.objects.all().delete()
    execute_all()
    assert mail.outbox == []
    assert "gone" in Job.objects.get().message


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"email": "ALICE@EXAMPLE.ORG"}, "email", "There is an account with this email"),
        ({"username": "Alice"}, "username", "taken"),
        ({"email": "no address"}, "email", "valid email"),
        ({"email": ""}, "email", "required"),
        ({"username": ""}, "username", "required"),
        ({"username": "<b>bob</b>"}, "username", "valid username"),
        ({"username": "b" * 151}, "username", "150"),
        ({"email": "b" * 250 + "@example.org"}, "email", "254"),
        ({"password2": "something else 9"}, "password2", "not the same password"),
        ({"password1": "12345678", "password2": "12345678"}, "password1", "too common"),
        ({"password1": "", "password2": ""}, "password1", "Choose a password."),
        ({"password1": "short 1", "password2": "short 1"}, "password1", "at least 8 characters"),
        ({"password1": "8046135972", "password2": "8046135972"}, "password1", "add some letters"),
        (
            {"username": "margarethe", "password1": "margarethe1", "password2": "margarethe1"},
            "password1",
            "too much like",
        ),
        ({"password2": ""}, "password2", "Type the same password once more."),
        ({"username": "maria.lopez.14k2f"}, "username", "belong to random users"),
        ({"email": "Maria.Lopez.14k2f@example.com"}, "email", "belong to random users"),
    ],
)
def test_bad_input_is_a_sentence_next_to_its_field(client, alice, changes, field, says):
    response = send(client, URL, **{**FIELDS, **changes})
    assert says in errors(response, field)
    assert User.objects.count() == 1
    assert not Job.objects.exists()


def test_text_with_a_null_byte_is_refused(client):
    assert errors(send(client, URL, **{**FIELDS, "username": "bo\0b"}), "username")


def test_no_name_of_a_random_user_can_be_taken_beforehand(client):
    user = random_users(7, [12], 50)[0]
    response = send(client, URL, **{**FIELDS, "username": user.username, "email": user.email.upper()})
    assert errors(response, "username")
    assert errors(response, "email")


def test_a_person_who_is_signed_in_is_sent_home(member):
    for response in (member.get(URL), member.post(URL, FIELDS)):
        assert response.headers["Location"] == reverse("home")
    assert User.objects.count() == 1


def test_a_second_click_after_the_first_answer_is_one_account(client):
    fields = {"form_token": token_of(client, URL), **FIELDS}
    client.post(URL, fields)
    assert client.post(URL, fields).headers["Location"] == reverse("home")
    assert (User.objects.count(), Job.objects.count()) == (1, 1)
    assert signed_in(client) == User.objects.get().pk


def test_a_second_click_before_the_first_answer_is_one_account_and_ends_signed_in(client):
    fields = {"form_token": token_of(client, URL), **FIELDS}
    first, second = Client(), Client()  # two requests of one page: neither carries the other's session
    for each in (first, second):
        each.cookies = client.cookies.copy()
        assert each.post(URL, fields).headers["Location"] == reverse("home")
    assert (User.objects.count(), Job.objects.count()) == (1, 1)
    assert signed_in(first) == signed_in(second) == User.objects.get().pk
    execute_all()
    assert len(mail.outbox) == 1


def test_the_form_sent_again_later_does_not_sign_in_with_an_old_password(client):
    fields = {"form_token": token_of(client, URL), **FIELDS}
    Client().post(URL, fields)
    bob = User.objects.get()
    bob.set_password("another horse 9")
    bob.save()
    later = Client()
    assert later.post(URL, fields).headers["Location"] == reverse("login")
    assert not signed_in(later)


def test_going_back_with_another_address_is_another_account(client):
    fields = {"form_token": token_of(client, URL), **FIELDS}
    Client().post(URL, fields)
    Client().post(URL, {**fields, "username": "bobby", "email": "bobby@example.org"})
    assert User.objects.count() == Job.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_account_and_all_end_signed_in():
    fields = {"form_token": "one page", **FIELDS}
    clients = [Client() for _ in range(4)]
    answers = at_once([lambda each=each: each.post(URL, fields) for each in clients])
    assert [answer.headers.get("Location") for answer in answers] == [reverse("home")] * 4
    assert (User.objects.count(), Job.objects.count()) == (1, 1)
    assert {signed_in(each) for each in clients} == {User.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_want_one_name_at_once_get_one_account_and_one_sentence():
    forms = [{**FIELDS, "form_token": f"page {n}", "email": f"bob{n}@example.org"} for n in range(2)]
    answers = at_once([lambda each=each: Client().post(URL, each) for each in forms])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    [refused] = [answer for answer in answers if answer.status_code == 200]
    assert "taken" in errors(refused, "username")
    assert User.objects.count() == Job.objects.count() == 1


def at_once(calls):
    """The answers of calls that begin together, each in its own thread with its own connection."""
    from django.db import connection

    barrier, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n):
        try:
            barrier.wait(10)
            answers[n] = calls[n]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.parametrize(("backend", "told"), [("console", True), ("smtp", False)])
def test_who_signs_up_is_told_where_the_emails_go(client, db, settings, backend, told):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    [words] = flashes(send(client, URL, **FIELDS))
    assert ("emails are printed in the terminal where it runs" in words) is told
