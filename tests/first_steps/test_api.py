"""First steps for programs."""

import pytest

from task.books.models import Book
from task.first_steps.models import Progress
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db

PATH = "/api/first-steps/"


def test_they_are_those_of_ones_rights(program, alice, charlie):
    found = program(alice).get(PATH).json()
    assert found["dismissed"] is False
    assert [step["key"] for step in found["steps"]][:2] == ["books.scan", "first_steps.job"]
    assert not any(step["is_done"] for step in found["steps"])
    keys = [{step["key"] for step in api.get(PATH).json()["steps"]} for api in (
        program(charlie), program(charlie, as_staff=True),
    )]  # fmt: skip
    assert "first_steps.settings" not in keys[0]
    assert "first_steps.settings" in keys[1]


def test_one_that_is_done_has_nothing_left_to_say(program, alice):
    Book.objects.create(isbn="9780345418913", state="filled", scanned_by=alice)
    found = {step["key"]: step for step in program(alice).get(PATH).json()["steps"]}
    assert found["books.scan"]["is_done"]


def test_dismissed_they_leave_the_home_page_and_come_back(program, alice, member):
    api = program(alice)
    assert api.patch(PATH, {"dismissed": True}, format="json").json()["dismissed"] is True
    assert "first-steps/dismiss/" not in member.get("/").content.decode()
    assert api.patch(PATH, {"dismissed": False}, format="json").json()["dismissed"] is False
    assert "first-steps/dismiss/" in member.get("/").content.decode()
    assert api.patch(PATH, {}, format="json").json()["dismissed"] is False


def test_what_is_wrong_is_said(program, alice):
    assert program(alice).patch(PATH, {"dismissed": "yes"}, format="json").status_code == 400
    assert not Progress.objects.exists()
