"""Sign-ups that wait for their link, and what dies on the way."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from task.accounts.models import PendingSignUp
from task.jobs.testing import Killed, execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import send

URL, SENT = reverse("signup"), reverse("signup_sent")
FIELDS = {"username": "bob", "email": "Bob@example.org", "password1": PASSWORD, "password2": PASSWORD}
CLOSED, KNOWN = "This link no longer works", "already have an account"


def signed_in(client: Client) -> int:
    return int(client.session.get("_auth_user_id", 0))


def link_of(message: Any) -> str:
    [link] = re.findall(r"https?://\S+/signup/finish/\S+", message.body)
    assert link.startswith(settings.SITE_URL)
    return link.removeprefix(settings.SITE_URL)


def link_for(client: Client, **changes: str) -> str:
    """Sign up, and read the email."""
    send(client, URL, **{**FIELDS, **changes})
    execute_all()
    return link_of(mail.outbox[-1])


def pending(**changes: str) -> tuple[PendingSignUp, str]:
    """What a sign-up leaves, and the address of its link."""
    values: dict[str, Any] = {
        "username": "bob",
        "email": "Bob@example.org",
        "password": MD5PasswordHasher().encode(PASSWORD, "salt"),
    }
    row = PendingSignUp.objects.create(pk=uuid4(), **{**values, **changes})
    return row, reverse("signup_finish", args=[row.token])


class Killer:
    """kill -9 before a statement: none is executed from there on."""

    def __init__(self, left: int) -> None:
        self.left, self.dead = left, False

    def __call__(self, execute: Any, *statement: Any) -> Any:
        self.left -= 1
        self.dead |= self.left < 0
        if self.dead:
            raise Killed
        return execute(*statement)


def die_before_each_statement(post: Callable[[int], Any]) -> Iterator[int]:
    """`post(n)` until it lives; yields n after each."""
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
