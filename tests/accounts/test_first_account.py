"""The first account of a local desk is the administrator's, and only that one."""

import pytest
from django.test import Client
from django.urls import reverse

from celerytask.environment import TERMINAL_EMAIL
from task.accounts.models import FirstAccount, User
from task.accounts.random_users import random_users
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, flashes, send
from tests.accounts.test_sign_up import FIELDS, URL

SENTENCE = '<p class="lede">The first account on this desk becomes its administrator.'  # the page shows its source too
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def console(settings):
    """Where emails go to the terminal, a sign-up is an account at once."""
    settings.EMAIL_BACKEND = TERMINAL_EMAIL


@pytest.fixture
def local(settings):
    settings.LOCAL, settings.HOST = True, "127.0.0.1"


def test_the_first_account_becomes_administrator_and_is_told_before_and_after(client, local):
    assert SENTENCE in client.get(URL).content.decode()
    response = send(client, URL, **FIELDS)
    assert "administrator" in flashes(response)[0]
    bob = User.objects.get()
    assert bob.is_superuser
    assert bob.is_staff
    assert client.get(reverse("admin:index")).status_code == 200
    assert FirstAccount.objects.get().user == bob


def test_the_second_account_does_not(client, local, alice):
    assert SENTENCE not in client.get(URL).content.decode()
    response = send(client, URL, **FIELDS)
    assert "administrator" not in flashes(response)[0]
    assert not User.objects.get(username="bob").is_staff


@pytest.mark.parametrize(("is_local", "host"), [(False, "127.0.0.1"), (True, "0.0.0.0"), (True, "192.168.1.4")])
def test_nobody_does_where_others_can_reach_the_desk(client, settings, is_local, host):
    settings.LOCAL, settings.HOST = is_local, host
    assert SENTENCE not in client.get(URL).content.decode()
    send(client, URL, **FIELDS)
    assert not User.objects.get().is_staff
    assert not FirstAccount.objects.exists()


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_every_name_of_this_machine_counts(client, settings, host):
    settings.LOCAL, settings.HOST = True, host
    send(client, URL, **FIELDS)
    assert User.objects.get().is_superuser


def test_random_users_are_nobodys_first_account(client, local):
    User.objects.bulk_create([user for user in random_users(1, [0], 50) if not setattr(user, "batch_id", None)])
    send(client, URL, **FIELDS)
    assert User.objects.get(username="bob").is_superuser


def test_it_is_decided_once_even_if_that_account_is_deleted(client, local):
    send(Client(), URL, **FIELDS)
    User.objects.all().delete()
    assert SENTENCE not in client.get(URL).content.decode()
    send(client, URL, **FIELDS)
    assert not User.objects.get().is_staff


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_exactly_one_becomes_administrator(local):
    forms = [
        {
            "username": f"u{n}",
            "email": f"u{n}@example.org",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "form_token": f"page {n}",
        }
        for n in range(4)
    ]
    answers = at_once([lambda each=each: Client().post(URL, each) for each in forms])
    assert [answer.status_code for answer in answers] == [302] * 4
    assert User.objects.count() == 4
    assert User.objects.filter(is_superuser=True).count() == FirstAccount.objects.count() == 1
