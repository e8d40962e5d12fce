"""The link of a sign-up email: one account, however often and however late it is used, and whatever dies."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse

from task.accounts.models import PendingSignUp, User
from task.accounts.tasks import clear_sign_ups
from task.jobs import Now
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, errors, flashes, send, token_of
from tests.accounts.sign_ups import (
    CLOSED,
    KNOWN,
    die_before_each_statement,
    link_for,
    pending,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(db, clock):
    cache.clear()


# Once


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


def test_what_nobody_finished_is_cleared_up(client):
    for n in range(5):
        pending(email=f"u{n}@example.org")
    PendingSignUp.objects.update(created=Now() - timedelta(hours=25))
    row, link = pending()
    clear_sign_ups.delay()
    execute_all()
    assert Job.objects.get().message == "5 unfinished sign-ups deleted."
    assert PendingSignUp.objects.get() == row
    assert client.get(link).status_code == 200


def test_it_is_cleared_up_every_night():
    from django_celery_beat.models import PeriodicTask

    assert PeriodicTask.objects.get(task="accounts.clear_sign_ups").enabled
