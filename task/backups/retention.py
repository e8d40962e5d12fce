"""Which backups stay: the newest of each of the last 24 hours, 7 days and 4 weeks that have one."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

HOURS, DAYS, WEEKS = 24, 7, 4
RULES: tuple[tuple[int, Callable[[datetime], Any]], ...] = (
    (HOURS, lambda made: made.astimezone(UTC).replace(minute=0, second=0, microsecond=0)),
    (DAYS, lambda made: timezone.localtime(made).date()),
    (WEEKS, lambda made: timezone.localtime(made).isocalendar()[:2]),
)


def to_keep(times: Iterable[datetime]) -> set[datetime]:
    """Those that stay, at most 35. Only hours, days and weeks that have a backup count: after a pause nothing goes."""
    newest_first = sorted(times, reverse=True)
    stay: set[datetime] = set()
    for most, span in RULES:
        seen: set[Any] = set()
        for made in newest_first:
            if len(seen) == most:
                break
            if span(made) not in seen:
                seen.add(span(made))
                stay.add(made)
    return stay
