"""Alice is a member, Sam is staff."""

import time
from types import SimpleNamespace

import pytest
from django.test import Client

from task.accounts import throttle
from task.accounts.models import User

PASSWORD = "correct horse 9"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user(username="alice", email="Alice@example.org", password=PASSWORD)


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_user(username="sam", email="sam@example.org", password=PASSWORD, is_staff=True)


@pytest.fixture
def staff(sam: User) -> Client:
    client = Client()
    client.force_login(sam, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the counts go by: at first those at which an hour of the clock begins."""
    seconds = [time.time() // 3600 * 3600]
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: seconds[0]))
    return seconds
