"""A broker's door. No broker is asked, except in tests marked `broker`."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from task.playground import plain


@pytest.fixture
def stranger(client_of: Callable[[Any], Client], bob: Any) -> Client:
    return client_of(bob)


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


class Broker:
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

    def __enter__(self) -> "Broker":
        return self

    def __exit__(self, *fault: Any) -> None:
        pass

    def _reraise_as_library_errors(self) -> "Broker":
        return self


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """What is published goes here."""
    broker = Broker()
    monkeypatch.setattr(plain, "publish", lambda app: broker)
    return broker
