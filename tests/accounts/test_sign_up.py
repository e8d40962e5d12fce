"""Signing up on a desk whose emails go to the terminal: an account at once."""

import pytest
from django.conf import settings as project
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from celerytask.environment import TERMINAL_EMAIL
from task.accounts.forms import STRENGTH_HELP
from task.accounts.models import User
from task.accounts.random_users import random_users
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, errors, flashes, send, token_of

URL = reverse("signup")
FIELDS = {"username": "bob", "email": "Bob@example.org", "password1": PASSWORD, "password2": PASSWORD}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def console(settings):
    settings.EMAIL_BACKEND = TERMINAL_EMAIL


@pytest.fixture
def deliver(settings):
    """Run all jobs, with their emails in `mail.outbox`."""

    def run():
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        execute_all()

    return run


def signed_in(client):
    return int(client.session.get("_auth_user_id", 0))


def test_signing_up_makes_an_account_a_job_and_a_session(client, notifications, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = send(client, URL, **FIELDS)
    assert response.headers["Location"] == reverse("home")
    assert flashes(response)[0].startswith("Welcome, bob. We are sending you a welcome email.")
    bob, job = User.objects.get(), Job.objects.get()
    assert (bob.email, bob.username, bob.is_staff, bob.is_random) == ("Bob@example.org", "bob", False, False)
    assert bob.check_password(PASSWORD)
    assert (job.owner, job.kind, job.arguments) == (bob, "accounts.welcome", {})
    assert notifications == [str(job.pk)]
    assert signed_in(client) == bob.pk


def test_the_worker_sends_the_welcome_email_with_links_from_the_settings(client, deliver):
    send(client, URL, **FIELDS)
    assert mail.outbox == []
    deliver()
    [message] = mail.outbox
    assert message.to == ["Bob@example.org"]
    assert "bob" in message.subject
    assert f"{project.SITE_URL}{reverse('login')}" in message.body
    assert "<html" in message.alternatives[0].content
    assert Job.objects.get().state == State.SUCCEEDED


def test_the_welcome_email_of_an_account_that_is_gone_is_not_sent(client, deliver):
    send(client, URL, **FIELDS)
    User.objects.all().delete()
    deliver()
    assert mail.outbox == []
    assert "deleted" in Job.objects.get().message


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"email": "ALICE@EXAMPLE.ORG"}, "email", "This email address already has an account"),
        ({"username": "Alice"}, "username", "taken"),
        ({"email": "no address"}, "email", "valid email"),
        ({"email": ""}, "email", "required"),
        ({"username": ""}, "username", "required"),
        ({"username": "<b>bob</b>"}, "username", "Spaces are not allowed"),
        ({"username": "b" * 151}, "username", "150"),
        ({"email": "b" * 250 + "@example.org"}, "email", "254"),
        ({"password2": "something else 9"}, "password2", "do not match"),
        ({"password1": "12345678", "password2": "12345678"}, "password1", "too common"),
        ({"password1": "", "password2": ""}, "password1", "Choose a password."),
        ({"password1": "short 1", "password2": "short 1"}, "password1", "at least 8 characters"),
        ({"password1": "8046135972", "password2": "8046135972"}, "password1", "add some letters"),
        (
            {"username": "margarethe", "password1": "margarethe1", "password2": "margarethe1"},
            "password1",
            "too similar",
        ),
        ({"password2": ""}, "password2", "Type the password again."),
        ({"username": "maria.lopez.14k2f"}, "username", "reserved for random users"),
        ({"email": "Maria.Lopez.14k2f@example.com"}, "email", "reserved for random users"),
    ],
)
def test_bad_input_is_a_sentence_next_to_its_field(client, alice, changes, field, says):
    response = send(client, URL, **{**FIELDS, **changes})
    assert says in errors(response, field)
    assert User.objects.count() == 1
    assert not Job.objects.exists()


def test_what_is_wrong_with_a_password_stands_in_the_place_of_its_help(client):
    assert STRENGTH_HELP in client.get(URL).text
    response = send(client, URL, **{**FIELDS, "password1": "1234567", "password2": "1234567"})
    assert len(response.context["form"].errors["password1"]) == 3
    assert STRENGTH_HELP not in response.text


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


def test_a_second_click_before_the_first_answer_is_one_account_and_ends_signed_in(client, deliver):
    fields = {"form_token": token_of(client, URL), **FIELDS}
    first, second = Client(), Client()  # two requests of one page: neither carries the other's session
    for each in (first, second):
        each.cookies = client.cookies.copy()
        assert each.post(URL, fields).headers["Location"] == reverse("home")
    assert (User.objects.count(), Job.objects.count()) == (1, 1)
    assert signed_in(first) == signed_in(second) == User.objects.get().pk
    deliver()
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


def test_who_runs_the_desk_is_told_where_its_emails_go_and_no_member_is(client, settings):
    settings.LOCAL, settings.HOST = True, "127.0.0.1"
    people = [{**FIELDS, "username": name, "email": f"{name}@example.org"} for name in ("ada", "bob")]
    told = [flashes(send(Client(), URL, **person))[0] for person in people]
    assert ["emails are printed in the terminal where it runs" in words for words in told] == [True, False]


class TestTooMany:
    """So many an hour from one address, however they come; a sentence, and what was typed stays."""

    @pytest.fixture(autouse=True)
    def three_an_hour(self, settings, clock, db):
        cache.clear()
        settings.SIGNUPS_AN_HOUR = 3

    def person(self, number):
        return {**FIELDS, "username": f"u{number}", "email": f"u{number}@example.org"}

    def test_the_next_one_reads_a_sentence_and_loses_nothing(self, clock):
        for number in range(3):
            assert Client().post(URL, self.person(number)).status_code == 302
        answer = Client().post(URL, self.person(3))
        assert answer.status_code == 429
        [words] = answer.context["form"].non_field_errors()
        assert words == "Too many people have signed up from this network in the last hour. Try again in 60 minutes."
        page = answer.content.decode()
        assert words in page
        assert 'value="u3"' in page
        assert 'value="u3@example.org"' in page
        assert User.objects.count() == Job.objects.count() == 3
        assert Client().post(URL, self.person(4), REMOTE_ADDR="192.0.2.7").status_code == 302
        clock[0] += 3600
        assert Client().post(URL, self.person(3)).status_code == 302

    def test_what_is_no_sign_up_is_not_counted(self, client):
        for _ in range(5):
            assert client.post(URL, {**FIELDS, "password2": "x"}).status_code == 200
        fields = {"form_token": "one page", **FIELDS}
        for _ in range(5):
            assert Client().post(URL, fields).status_code == 302
        assert Client().post(URL, self.person(1)).status_code == 302

    def test_who_has_many_addresses_of_ipv6_has_one_network(self):
        for number in range(3):
            answer = Client().post(URL, self.person(number), REMOTE_ADDR=f"2001:db8:1:2:{number + 1}::1")
            assert answer.status_code == 302
        assert Client().post(URL, self.person(3), REMOTE_ADDR="2001:db8:1:2:ffff::9").status_code == 429
        assert Client().post(URL, self.person(3), REMOTE_ADDR="2001:db8:1:3::1").status_code == 302

    @pytest.mark.django_db(transaction=True)
    def test_who_signs_up_at_once_gets_no_more(self):
        answers = at_once([lambda n=n: Client().post(URL, self.person(n)) for n in range(8)])
        assert sorted(answer.status_code for answer in answers) == [302] * 3 + [429] * 5
        assert User.objects.count() == 3


def test_the_desk_allows_twenty_an_hour():
    assert project.SIGNUPS_AN_HOUR == 20
