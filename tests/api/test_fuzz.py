"""What the schema says is so: a few requests of each operation, as it allows them and as it does not.

Thousands, and against a running desk: `make fuzz-api`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.config import SchemathesisConfig

from celerytask.wsgi import application
from task.api.models import Token
from task.api.views import schema
from task.playground import plain
from tests.playground.conftest import Broker

EXAMPLES = 5  # of each operation

described = schemathesis.openapi.from_dict(
    schema(), config=SchemathesisConfig.from_path(Path(__file__).with_name("schemathesis.toml"))
)
described.app = application


@pytest.fixture
def token(charlie: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    settings.API_REQUESTS_A_MINUTE = settings.API_REFUSALS_A_MINUTE = 1_000_000
    monkeypatch.setattr(plain, "publish", lambda app: Broker())
    for signal in (request_started, request_finished):  # the test's transaction is this connection's
        signal.disconnect(close_old_connections)
    yield Token.make(charlie, "fuzz", as_staff=True)[1]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@described.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_an_operation_answers_as_its_schema_says(case: Any, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Token {token}", "Accept-Encoding": "identity"})
