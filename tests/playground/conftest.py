"""Alice and Bob are members, Sam is staff. No broker is asked, except in tests marked `broker`."""

from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from task.accounts.models import User
from task.playground import plain


def person(name: str, **rest: Any) -> User:
    return User.objects.create_user(username=name, email=f"{name}@example.org", password="correct horse 9", **rest)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def alice(db: None) -> User:
    return person("alice")


@pytest.fixture
def member(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def stranger(db: None) -> Client:
    return client_of(person("bob"))


@pytest.fixture
def staff(db: None) -> Client:
    return client_of(person("sam", is_staff=True))


class Door:
    """Takes messages as a broker does; `takes` says how many of them before it goes away."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []  # (task, id)
        self.takes: int | None = None
        self.connection = self

    def publish(self, body: Any, headers: dict[str, Any], **rest: Any) -> None:
        if self.takes is not None and len(self.messages) >= self.takes:
            raise OperationalError("The broker went away.")
        self.messages.append((headers["task"], headers["id"]))

    # what Celery asks of a producer and its connection

    def __enter__(self) -> "Door":
        return self

    def __exit__(self, *fault: Any) -> None:
        pass

    def _reraise_as_library_errors(self) -> "Door":
        return self


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    """What is published goes here."""
    door = Door()
    monkeypatch.setattr(plain, "producer", lambda app: door)
    return door
