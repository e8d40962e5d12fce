"""What a line of the log looks like. Requests that are no fault of ours are one line each, without a traceback."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from task.kit import traces
from task.kit.away import place_of

LONGEST = 500  # characters: anybody may send a long address


def without_address(record: logging.LogRecord) -> None:
    """The pattern in place of an address that has one: a link that lets somebody in is an address."""
    request = getattr(record, "request", None)
    if request is not None and getattr(request, "resolver_match", None):
        words = record.getMessage()
        record.msg, record.args = words.replace(request.path, f"/{place_of(request)}"), ()


class OneLine(logging.Filter):
    """For what Django says of bad requests (a wrong host, rubbish in a form, a page that is not there)."""

    def filter(self, record: logging.LogRecord) -> bool:
        without_address(record)
        status = getattr(record, "status_code", 0)
        of_client = record.name.startswith("django.security") or (
            record.name == "django.request" and 400 <= status < 500
        )
        if not of_client:
            return True
        request = getattr(record, "request", None)
        if getattr(request, "_is_told", False):  # the same request, by Django's next logger
            return False
        if request is not None:
            request._is_told = True
        record.exc_info = record.exc_text = record.stack_info = None
        words = record.getMessage().encode("unicode_escape").decode("ascii")
        record.msg, record.args = words if len(words) <= LONGEST else f"{words[:LONGEST]}…", ()
        return True


class JsonLine(logging.Formatter):
    """A record as a line of JSON, of these names and no others: what else a record carries may hold a secret."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": traces.request_id.get(),
            "job": traces.job_id.get() or self.job_of(record),
            "process": record.process,
            "traceback": self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else "",
        }
        return json.dumps({name: value for name, value in line.items() if value})

    def job_of(self, record: logging.LogRecord) -> str:
        """Of what Celery says in the worker's main process: a task has the id of its job."""
        data = getattr(record, "data", None)
        return str(data.get("id", "")) if isinstance(data, dict) else ""
