"""The pages of the API, for the tests in a browser."""

from typing import Any

from django.urls import reverse

from task.api.models import Token
from tests.browser.entry import Entry

NO_PAGES = {"token_revoke": "takes POST only", "books_bulk_create": "for programs"}


def empty() -> list[Entry]:
    return [Entry("token_new_empty", reverse("token_new"))]


def filled(member: Any, staff: Any) -> list[Entry]:
    for user in (member, staff):
        Token.make(user, "scanner in the hall", as_staff=user.is_staff)
    return [
        Entry("token_new", reverse("token_new")),
        Entry("profile_with_tokens", reverse("profile"), "staff"),
    ]
