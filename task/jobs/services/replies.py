"""Reading what another service answers: each field may be missing, empty, of another kind, or longer than you think."""

import json
import math
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from task.jobs.services.http import Reply

LONGEST_WAIT = 86_400.0  # seconds that a service can ask us for
UNFIT = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff<>\"]")  # in an address


def as_json(reply: Reply) -> Any:
    """What the JSON of an answer holds; None for what is none, and for `null`. Any field of it may be of any type."""
    try:
        # A number of thousands of digits is one odd field, and no reason to lose the others.
        return json.loads(reply.content, parse_int=lambda digits: int(digits[:20]))
    except (ValueError, RecursionError):
        return None


def one_line(value: Any, length: int) -> str:
    """`value` as one line that every database takes, cut at `length` with an ellipsis; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    line = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value[: length * 4])
    line = " ".join(line.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def web_address(value: Any, length: int) -> str:
    """An http or https address, or "": one cut short would be none, another scheme could run in a browser."""
    if not isinstance(value, str) or len(value) > length or UNFIT.search(value):
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def retry_after(reply: Reply) -> float | None:
    """How many seconds the service asks us to wait, from 1 to LONGEST_WAIT, by a number or a date in Retry-After.

    None when it did not say, or nothing sensible.
    """
    value = reply.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        moment = http_date(value)
        if moment is None:
            return None
        seconds = (moment - sent_at(reply)).total_seconds()
    return min(max(seconds, 1.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def sent_at(reply: Reply) -> datetime:
    """When it was sent, by the clock of the service, as all the times it tells are: ours may be wrong.

    Cut to whole seconds, so that a wait from there is at most one too long and never too short.
    """
    return http_date(reply.headers.get("date", "")) or timezone.now()


def http_date(value: str) -> datetime | None:
    """A date as headers have it ("Sun, 06 Nov 1994 08:49:37 GMT"), with its zone; None for what is none."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
