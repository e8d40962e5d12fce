"""The pages of this feature, for the tests in a real browser."""

from typing import Any

from django.urls import reverse

from tests.browser.entry import Entry

NO_PAGES = {"first_steps_dismiss": "takes POST only", "first_steps_show": "takes POST only"}


def filled(member: Any, staff: Any) -> list[Entry]:
    return [Entry("first_steps", reverse("first_steps")), Entry("first_steps_staff", reverse("first_steps"), "staff")]


def empty() -> list[Entry]:
    first = Entry("first_steps_empty", reverse("first_steps"), "staff")
    return [Entry("home_first", reverse("home"), "staff"), first]
