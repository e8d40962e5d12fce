"""What all tests share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.test import Client, TransactionTestCase
from pytest_django import DjangoDbBlocker

from task.jobs.engine import broker
from task.jobs.pages import views
from tests import migrated
from tests.emptying import after_test
from tests.watching import index_follows

__all__ = ["index_follows"]  # a fixture of every test

TransactionTestCase._fixture_teardown = after_test


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return migrated.bring()


@pytest.fixture(scope="session")
def django_db_createdb() -> bool:
    return False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        migrated.keep()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what needs a browser; leaves out, and does not skip, what is about another database."""
    from django.db import connection

    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    other = "postgres" if connection.vendor == "sqlite" else "sqlite"
    about_another = [item for item in items if item.get_closest_marker(other)]
    items[:] = [item for item in items if item.get_closest_marker(other) is None]
    config.hook.pytest_deselected(items=about_another)


@pytest.fixture(autouse=True)
def notifications(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that were notified. No broker is asked, except in tests marked `broker`."""
    notified: list[str] = []
    if request.node.get_closest_marker("broker") is None:
        monkeypatch.setattr(broker, "_send", lambda kind, key, headers: notified.append(key))
        monkeypatch.setattr(views, "problems_for_staff", list)  # there is no broker and no worker
    return notified


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    """How often the API was asked."""
    caches["requests"].clear()


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
