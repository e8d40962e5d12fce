"""Sentry is told of errors where it is wanted, by a package that nobody else needs."""

import sys
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from celerytask import sentry
from task.kit import traces

DSN = "https://secret@sentry.example.org/1"


class BadDsn(ValueError):
    pass


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a package that is installed was started with."""
    started: dict[str, Any] = {}

    def init(**options: Any) -> None:
        if not options["dsn"].startswith("https://"):
            raise BadDsn(options["dsn"])
        started.update(options)

    names = ("sentry_sdk", "sentry_sdk.utils", "sentry_sdk.integrations", "sentry_sdk.integrations.celery")
    modules = {name: ModuleType(name) for name in names}
    vars(modules["sentry_sdk"])["init"] = init
    vars(modules["sentry_sdk.utils"])["BadDsn"] = BadDsn
    vars(modules["sentry_sdk.integrations.celery"])["CeleryIntegration"] = object
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return started


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(
        ImproperlyConfigured, match=r"^SENTRY_DSN needs a package .* pip install sentry-sdk\.$"
    ) as refused:
        sentry.start(DSN)
    assert "secret" not in str(refused.value)


def test_a_wrong_address_is_a_sentence(sdk: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN must be the address") as refused:
        sentry.start("secret")
    assert "secret" not in str(refused.value)


def test_no_value_of_a_variable_and_nothing_of_a_person_is_sent(sdk: dict[str, Any]) -> None:
    sentry.start(DSN)
    assert sdk["dsn"] == DSN
    assert sdk["include_local_variables"] is sdk["send_default_pii"] is sdk["auto_session_tracking"] is False
    event = {
        "exception": {"values": []},
        "transaction": "/accounts/reset/{uidb64}/{token}/",
        "request": {"url": "https://desk.org/accounts/reset/MQ/secret/", "cookies": {"sessionid": "secret"}},
        "user": {"email": "ada@example.org"},
        "extra": {"sys.argv": ["secret"]},
        "breadcrumbs": {"values": [{"message": "secret"}]},
    }
    with traces.of_job("the-job"):
        sent = sdk["before_send"](event, {})
    assert sent == {name: event[name] for name in ("exception", "transaction")} | {"tags": {"job": "the-job"}}
