"""What all tests share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from task.jobs.engine import broker


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what needs a browser; leaves out, and does not skip, what is about SQLite alone on another database."""
    from django.db import connection

    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if connection.vendor != "sqlite":
        about_sqlite = [item for item in items if item.get_closest_marker("sqlite")]
        items[:] = [item for item in items if item not in about_sqlite]
        config.hook.pytest_deselected(items=about_sqlite)


@pytest.fixture(autouse=True)
def notifications(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that were notified. No broker is asked, except in tests marked `broker`."""
    notified: list[str] = []
    if request.node.get_closest_marker("broker") is None:
        monkeypatch.setattr(broker, "_send", lambda kind, key: notified.append(key))
    return notified


# The people of all tests: two members and one of the staff. A feature that needs others has its own.


def person(name: str, **more: Any) -> Any:
    return get_user_model().objects.create_user(name, f"{name}@example.org", "a good password", **more)


@pytest.fixture
def alice(db: None) -> Any:
    return person("alice")


@pytest.fixture
def bob(db: None) -> Any:
    return person("bob")


@pytest.fixture
def charlie(db: None) -> Any:
    """Staff."""
    return person("charlie", is_staff=True)


@pytest.fixture
def people(alice: Any, bob: Any, charlie: Any) -> dict[str, Any]:
    return {"alice": alice, "bob": bob, "charlie": charlie}


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    def signed_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)
