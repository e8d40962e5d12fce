"""One's own account for programs."""

import pytest
from django.core.cache import cache

from task.accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db

PATH = "/api/profile/"


@pytest.fixture
def api(program, alice):
    cache.clear()
    return program(alice)


def change(api, **fields):
    return api.patch(PATH, fields, format="json")


def test_it_says_who_one_is_and_with_which_rights(api, program, alice, sam):
    assert api.get(PATH).json() == {
        "id": alice.pk, "username": "alice", "email": "Alice@example.org", "first_name": "", "last_name": "",
        "time_zone": "", "is_staff": False,
    }  # fmt: skip
    assert program(sam).get(PATH).json()["is_staff"] is False
    assert program(sam, as_staff=True).get(PATH).json()["is_staff"] is True


def test_what_is_sent_changes_and_the_rest_stays(api, alice):
    answer = change(api, time_zone="Europe/Berlin", first_name="Alice")
    assert answer.status_code == 200, answer.json()
    alice.refresh_from_db()
    assert (alice.time_zone, alice.first_name, alice.email) == ("Europe/Berlin", "Alice", "Alice@example.org")
    assert change(api, first_name="").json()["first_name"] == ""


def test_the_email_address_takes_the_password(api, alice):
    refused = change(api, email="new@example.org")
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"pointer": "/current_password", "detail": "Type your current password to change the email address."}
    ]
    assert change(api, email="new@example.org", current_password=PASSWORD).json()["email"] == "new@example.org"


def test_the_password_is_guessed_no_oftener_than_at_the_log_in(api, settings):
    settings.AXES_FAILURE_LIMIT = 3
    answers = [change(api, email="new@example.org", current_password=f"wrong {n}") for n in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 429, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
    assert "Too many wrong passwords" in answers[-1].json()["detail"]
    assert change(api, email="new@example.org", current_password=PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"username": "sam"}, "/username"), ({"username": "a b"}, "/username"), ({"username": ""}, "/username"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"), ({"first_name": "x" * 151}, "/first_name"),
        ({"email": "no address"}, "/email"), ({"is_staff": True}, "/is_staff"), ({"password": "x"}, "/password"),
        ({"first_name": None}, "/first_name"), ({"first_name": "\0"}, "/first_name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(api, sam, fields, pointer):
    before = User.objects.values().get(username="alice")
    answer = change(api, **fields)
    assert answer.status_code == 400
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert User.objects.values().get(pk=before["id"]) == before
