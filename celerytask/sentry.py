"""Errors go to Sentry where SENTRY_DSN says so: the traceback and whose work it was, and nothing that a person sent."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from task.kit import traces

KEPT = (
    "event_id", "timestamp", "platform", "sdk", "level", "logger", "logentry", "exception", "transaction", "release",
    "environment", "server_name",
)  # fmt: skip


def start(dsn: str) -> None:
    """Raises ImproperlyConfigured with a sentence where the package or a right address is missing."""
    try:
        import sentry_sdk
        from sentry_sdk.integrations.celery import CeleryIntegration
        from sentry_sdk.utils import BadDsn
    except ImportError:
        raise ImproperlyConfigured(
            "SENTRY_DSN needs a package that is not installed: .venv/bin/python -m pip install sentry-sdk."
        ) from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            before_send=cleaned,
            send_default_pii=False,
            include_local_variables=False,  # a password may be one
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            trace_propagation_targets=[],  # no other service is told
            disabled_integrations=[CeleryIntegration()],  # what a worker meets is in its log, and taken from there
        )
    except BadDsn:
        raise ImproperlyConfigured("SENTRY_DSN must be the address that Sentry shows for a project.") from None


def cleaned(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """An address may let somebody in, as the link of a password does: the name of the view is enough."""
    tags = {"request": traces.request_id.get(), "job": traces.job_id.get()}
    return {name: event[name] for name in KEPT if name in event} | {"tags": {k: v for k, v in tags.items() if v}}
