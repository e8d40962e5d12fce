"""Programs of the tests: each somebody's, with a token."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from task.api.models import Token

Program = Callable[..., APIClient]


@pytest.fixture
def program() -> Program:
    def of(user: Any, *, as_staff: bool = False) -> APIClient:
        client = APIClient(raise_request_exception=False)
        _, text = Token.make(user, "tests", as_staff=as_staff)
        client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
        return client

    return of
