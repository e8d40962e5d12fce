"""Alice is a member, Sam is staff."""

import pytest
from django.test import Client

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
