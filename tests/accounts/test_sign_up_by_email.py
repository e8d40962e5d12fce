"""Signing up on a desk whose emails reach a mailbox: a link finishes it, and no page tells who has an account."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as project
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts.models import FirstAccount, PendingSignUp, User
from task.accounts.tasks import clear_sign_ups
from task.accounts.throttle import SIGNUP_EMAILS_A_DAY
from task.jobs import submit
from task.jobs.clock import Now
from task.jobs.form_view import SAVED_BUT_NOT_RUNG
from task.jobs.models import Job, State
from task.jobs.testing import Killed, perform_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, errors, flashes, send, token_of

URL, SENT = reverse("signup"), reverse("signup_sent")
FIELDS = {"username": "bob", "email": "Bob@example.org", "password1": PASSWORD, "password2": PASSWORD}
TOLD = "We sent an email to Bob@example.org; its link finishes it."
CLOSED, KNOWN = "This link does not work any more", "You have an account"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(db, clock):
    cache.clear()


def signed_in(client):
    return int(client.session.get("_auth_user_id", 0))


def link_of(message):
    [link] = re.findall(r"https?://\S+/signup/finish/\S+", message.body)
    assert link.startswith(project.SITE_URL)
    return link.removeprefix(project.SITE_URL)


def link_for(client, **changes):
    """Sign up, and read the email."""
    send(client, URL, **{**FIELDS, **changes})
    perform_all()
    return link_of(mail.outbox[-1])


def pending(**changes):
    """What a sign-up leaves, and the address of its link."""
    values = {"username": "bob", "email": "Bob@example.org", "password": MD5PasswordHasher().encode(PASSWORD, "salt")}
    row = PendingSignUp.objects.create(pk=uuid4(), **{**values, **changes})
    return row, reverse("signup_finish", args=[row.token])


# The way


def test_the_link_makes_the_account_and_logs_in(client):
    response = send(client, URL, **FIELDS)
    assert response.headers["Location"] == SENT
    assert flashes(response)[0] == TOLD
    assert TOLD in client.get(SENT).content.decode()
    assert not User.objects.exists()
    assert not signed_in(client)
    perform_all()
    [message] = mail.outbox
    assert message.to == ["Bob@example.org"]
    assert "<html" in message.alternatives[0].content
    page = client.get(link_of(message))
    assert "You log in with Bob@example.org" in page.content.decode()
    assert not User.objects.exists()  # a program that opens all links makes nothing
    answer = send(client, link_of(message), username="bob")
    assert answer.headers["Location"] == reverse("home")
    assert flashes(answer)[0] == "Welcome, bob. A welcome email is on its way."
    bob = User.objects.get()
    assert (bob.username, bob.email, bob.is_staff, bob.is_random) == ("bob", "Bob@example.org", False, False)
    assert bob.check_password(PASSWORD)
    assert signed_in(client) == bob.pk
    assert not PendingSignUp.objects.exists()
    perform_all()
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
        assert flashes(answer) == [f"We sent an email to {email}; its link finishes it."]
        seen.append((answer.status_code, answer.headers["Location"], len(queries), job.title, job.owner))
    assert seen[0] == seen[1]
    perform_all()
    assert sorted(message.subject for message in mail.outbox) == [
        "Finish signing up",
        "Finish signing up",
        "You have an account already",
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
    perform_all()
    [message] = mail.outbox
    assert (message.to, message.subject) == (["Alice@example.org"], "You have an account already")
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


def test_a_link_works_once(client):
    link = link_for(client)
    client.post(link)
    client.logout()
    elsewhere = Client()
    for answer in (client.get(link), client.post(link), elsewhere.get(link), elsewhere.post(link)):
        assert CLOSED in answer.content.decode()
    assert not signed_in(client)
    assert not signed_in(elsewhere)
    assert User.objects.count() == 1
    assert Job.objects.filter(kind="accounts.welcome").count() == 1


def test_the_link_opened_again_by_who_is_logged_in_leads_home(client):
    link = link_for(client)
    client.post(link)
    for answer in (client.get(link), client.post(link)):
        assert answer.headers["Location"] == reverse("home")
        assert "You are logged in" in flashes(answer)[-1]
    assert User.objects.count() == 1


def test_a_second_click_ends_signed_in_and_a_later_one_does_not(client):
    _, link = pending()
    fields = {"form_token": token_of(client, link), "username": "bob"}
    first, second, later = Client(), Client(), Client()  # of one page: none carries the other's session
    for each in (first, second):
        assert each.post(link, fields).headers["Location"] == reverse("home")
    assert signed_in(first) == signed_in(second) == User.objects.get().pk
    Job.objects.update(created=Now() - timedelta(minutes=2))
    assert later.post(link, fields).headers["Location"] == reverse("login")
    assert not signed_in(later)
    assert User.objects.count() == Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_account_and_all_end_signed_in():
    _, link = pending()
    clients = [Client() for _ in range(4)]
    answers = at_once([lambda c=c: c.post(link, {"form_token": "one page", "username": "bob"}) for c in clients])
    assert [answer.headers.get("Location") for answer in answers] == [reverse("home")] * 4
    assert (User.objects.count(), Job.objects.count()) == (1, 1)
    assert {signed_in(each) for each in clients} == {User.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_a_link_opened_twice_and_sent_at_once_is_one_account():
    _, link = pending()
    clients = [Client() for _ in range(4)]
    answers = at_once(
        [lambda c=c, n=n: c.post(link, {"form_token": f"page {n}", "username": "bob"}) for n, c in enumerate(clients)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    closed = [answer.content.decode() for answer in answers if answer.status_code == 200]
    assert all(CLOSED in page or KNOWN in page for page in closed)
    assert (User.objects.count(), Job.objects.count(), PendingSignUp.objects.count()) == (1, 1, 0)


def test_a_username_that_was_taken_meanwhile_is_a_sentence_and_another_one_finishes_it(client):
    link = link_for(client)
    User.objects.create_user(username="BOB", email="other@example.org")
    assert "taken" in errors(client.post(link), "username")
    assert "taken" in errors(send(client, link, username="bob"), "username")
    assert PendingSignUp.objects.count() == 1
    assert "random users" in errors(send(client, link, username="maria.lopez.14k2f"), "username")
    assert send(client, link, username="robert").headers["Location"] == reverse("home")
    assert User.objects.get(username="robert").check_password(PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_two_links_that_want_one_username_at_once_give_one_account_and_one_sentence():
    links = [pending(email=f"bob{n}@example.org")[1] for n in range(2)]
    answers = at_once([lambda each=each: Client().post(each) for each in links])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    [refused] = [answer for answer in answers if answer.status_code == 200]
    assert "taken" in errors(refused, "username")
    assert User.objects.count() == Job.objects.count() == PendingSignUp.objects.count() == 1


def test_an_address_that_has_an_account_meanwhile_is_told_to_its_owner(client):
    _, first = pending()
    _, second = pending(username="bobby", email="BOB@example.org")
    client.post(first)
    client.logout()
    for answer in (client.get(second), client.post(second)):
        page = answer.content.decode()
        assert KNOWN in page
        assert reverse("password_reset") in page
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_links_of_one_address_at_once_give_one_account():
    links = [pending(username=f"bob{n}")[1] for n in range(2)]
    answers = at_once([lambda each=each: Client().post(each) for each in links])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    [refused] = [answer for answer in answers if answer.status_code == 200]
    assert KNOWN in refused.content.decode()
    assert User.objects.count() == Job.objects.count() == 1


class Killer:
    """kill -9 before a statement: none is executed from there on."""

    def __init__(self, left):
        self.left, self.dead = left, False

    def __call__(self, execute, *statement):
        self.left -= 1
        self.dead |= self.left < 0
        if self.dead:
            raise Killed
        return execute(*statement)


def die_before_each_statement(post):
    """`post(n)` until it lives; returns how often it was killed."""
    for n in range(1000):
        killer = Killer(n)
        try:
            with connection.execute_wrapper(killer):
                post(n)
        except Killed:
            pass
        yield n
        if not killer.dead:
            return


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_whose_process_dies_anywhere_is_sent_again_and_gives_one_email(settings):
    settings.SIGNUPS_AN_HOUR = 1000

    def post(n):
        fields = {**FIELDS, "form_token": f"page {n}", "username": f"u{n}", "email": f"u{n}@example.org"}
        return Client().post(URL, fields)

    for n in die_before_each_statement(post):
        assert post(n).headers["Location"] == SENT
        assert PendingSignUp.objects.filter(email=f"u{n}@example.org").count() == 1
    perform_all()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(f"u{each}@example.org" for each in range(n + 1))
    assert n > 8
    assert Job.objects.count() == n + 1


@pytest.mark.django_db(transaction=True)
def test_a_link_whose_process_dies_anywhere_is_sent_again_and_gives_one_account():
    links = [pending(username=f"u{n}", email=f"u{n}@example.org")[1] for n in range(60)]
    clients = [Client() for _ in links]

    def post(n):
        return clients[n].post(links[n], {"form_token": f"page {n}"})

    for n in die_before_each_statement(post):
        assert post(n).headers["Location"] == reverse("home")
        assert signed_in(clients[n]) == User.objects.get(username=f"u{n}").pk
    assert 10 < n < 60
    assert User.objects.count() == Job.objects.count() == n + 1
    assert PendingSignUp.objects.count() == 60 - (n + 1)


# Not for ever


def test_a_link_works_for_a_day(client):
    _, link = pending()
    PendingSignUp.objects.update(created=Now() - timedelta(hours=23, minutes=59))
    assert client.get(link).context["form"]
    PendingSignUp.objects.update(created=Now() - timedelta(hours=24, seconds=1))
    for answer in (client.get(link), client.post(link)):
        assert CLOSED in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("forged", ["nonsense", "{pk}", "{pk}.", "{pk}.{sign}x", "{other}.{sign}", "{elsewhere}"])
def test_a_link_that_nobody_sent_makes_nothing(client, forged):
    row, _ = pending()
    sign = row.token.partition(".")[2]
    elsewhere = Signer(sep=".", salt="elsewhere").sign(row.pk.hex)
    token = forged.format(pk=row.pk.hex, sign=sign, other=uuid4().hex, elsewhere=elsewhere)
    link = reverse("signup_finish", args=[token])
    for answer in (client.get(link), client.post(link)):
        assert CLOSED in answer.content.decode()
    assert not User.objects.exists()


def test_an_email_that_comes_too_late_is_not_sent(client):
    send(client, URL, **FIELDS)
    PendingSignUp.objects.update(created=Now() - timedelta(hours=25))
    perform_all()
    assert mail.outbox == []
    assert Job.objects.get().message == "This sign-up is finished already, or too old."


def test_what_nobody_finished_is_cleared_up(client):
    for n in range(5):
        pending(email=f"u{n}@example.org")
    PendingSignUp.objects.update(created=Now() - timedelta(hours=25))
    row, link = pending()
    submit(clear_sign_ups)
    perform_all()
    assert Job.objects.get().message == "5 unfinished sign-ups deleted."
    assert PendingSignUp.objects.get() == row
    assert client.get(link).status_code == 200


def test_it_is_cleared_up_every_night():
    from django_celery_beat.models import PeriodicTask

    assert PeriodicTask.objects.get(task="accounts.clear_sign_ups").enabled


# Not too many


def test_a_mailbox_gets_three_emails_a_day_however_it_is_written_and_has_it_an_account_or_not(client, alice, clock):
    for email in ("alice@example.org", "nobody@example.org"):
        written = [email, email.upper(), email.replace("example", "ｅｘａｍｐｌｅ"), email]
        for n, each in enumerate(written[:SIGNUP_EMAILS_A_DAY]):
            assert send(client, URL, **{**FIELDS, "username": f"b{n}", "email": each}).headers["Location"] == SENT
        answer = send(Client(REMOTE_ADDR="192.0.2.7"), URL, **{**FIELDS, "email": written[-1]})
        assert answer.status_code == 429
        [words] = answer.context["form"].non_field_errors()
        assert words.startswith(f"We sent 3 emails to {email} today, and send the next in ")
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
    perform_all()
    [message] = mail.outbox
    assert "buy-this" not in message.subject + message.body + message.alternatives[0].content


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_told(client, monkeypatch):
    monkeypatch.setattr("task.jobs.intake.ring", lambda job: False)
    assert flashes(send(client, URL, **FIELDS)) == [TOLD, SAVED_BUT_NOT_RUNG]


def test_a_person_who_is_signed_in_is_sent_home(member):
    for response in (member.get(URL), member.post(URL, FIELDS)):
        assert response.headers["Location"] == reverse("home")
    assert not PendingSignUp.objects.exists()
