"""What a row of the schedules says: whether it can run, when it runs next, and what its jobs are called.

Pages and the administration ask it as beat does. What time it is the database says, as often as beat looks: the clock
of beat's host may be wrong, and may be set while beat runs.
"""

import inspect
import json
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from celery import current_app
from django.db.models import Case, F, PositiveIntegerField, Q, QuerySet, When
from django.utils import timezone
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from task.jobs import Now, kinds
from task.schedules.due import EPOCH, next_due

MILLISECOND = timedelta(milliseconds=1)
TOLERANCE = timedelta(minutes=1)  # two clocks may be so far apart


class Clock:
    """The database's, counted on from when it was read. One that never read it, as in a page, goes by the host's."""

    def __init__(self) -> None:
        self.read: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        if self.read is None:
            return timezone.now()
        then, counter = self.read
        return then + timedelta(seconds=monotonic() - counter)

    def sync(self) -> datetime | None:
        """Read it. Returns when somebody changed a schedule last: that stands in the one row that beat always reads."""
        rows = PeriodicTasks.objects.filter(ident=1).annotate(now=Now())
        changed, now = rows.values_list("last_update", "now").first() or (None, None)
        if now is not None:
            self.read = now, monotonic()
        return changed


CLOCK = Clock()


def now() -> datetime:
    return CLOCK.now()


def done_until(row: PeriodicTask) -> datetime:
    """The last time of a schedule that is done with. New or moved, it has missed nothing.

    A time that is still to come was written by a wrong clock, and would keep the schedule from running until then.
    """
    at: datetime = row.last_run_at or row.date_changed or now()
    return at if at <= now() + TOLERANCE else now()


def problem_of(row: PeriodicTask) -> str:
    """Why a schedule can't run, in a sentence or two; "" when it can."""
    return problem_in(row)[1]


def problem_in(row: PeriodicTask) -> tuple[str, str]:
    """The column that is wrong, and why; two empty texts when none is."""
    kind = kinds().get(row.task)
    if kind is None and row.task not in current_app.tasks:
        unknown = f"No process here knows the kind “{row.task}”. It may have been removed."
        return "task", f"{unknown} Choose another kind, or switch it off."
    if row.scheduler is None:
        return "times", "It has no run times."
    try:
        if next_due(row.schedule, now()) is None and row.clocked is None:
            return "times", "Its run times never come."
    except Exception as fault:  # a crontab that no calendar has, a library that is missing
        return "times", f"Its run times can't be read: {str(fault).rstrip('.')}."
    if row.clocked and row.enabled and not has_run_once(row):
        at = row.clocked.clocked_time
        if at <= min(done_until(row), now()):  # else beat was away then, and makes up for it
            return "times", "Its run time is past."
        if row.start_time and at < row.start_time:
            return "times", "Its run time is before its start."
    try:
        positional, arguments, _ = (json.loads(text or "null") for text in (row.args, row.kwargs, row.headers))
        written = json.dumps(arguments, allow_nan=False)
    except (ValueError, RecursionError) as fault:
        return "kwargs", f"Its arguments are not JSON: {fault}."
    if kind is None:
        return "", ""
    if "\\u0000" in written:
        return "kwargs", "Its arguments contain a NUL character, which a database can't store."
    if positional or not isinstance(arguments or {}, dict):
        return "kwargs", 'A kind of job takes its arguments by name, as in {"total": 500}.'
    try:
        inspect.signature(kind.function).bind(None, **(arguments or {}))
        kind.title_for(arguments or {})
    except (TypeError, ValueError, LookupError, AttributeError) as fault:
        return "kwargs", f"Its arguments do not fit {row.task}: {fault}."
    return "", ""


def arguments_of(row: PeriodicTask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row.kwargs or "{}") or {}
    return found


def next_run(row: PeriodicTask) -> datetime | None:
    """When beat runs this schedule next; None when it does not."""
    if not row.enabled or problem_of(row) or has_run_once(row):
        return None
    following = next_due(row.schedule, max(now(), row.start_time - MILLISECOND) if row.start_time else now())
    return None if following is None or (row.expires and row.expires <= following) else following


def has_run_once(row: PeriodicTask) -> bool:
    """Whether it was to run once and did: beat switches it off when it looks at it next."""
    return bool(row.one_off and row.total_run_count)


def from_now_on(schedules: QuerySet[PeriodicTask], **columns: Any) -> int:
    """Without what they missed: a schedule that is switched on, or moved, runs at its next time and not at once.

    One that runs once does so again. Beat is told.
    """
    runs = Case(When(one_off=True, then=0), default=F("total_run_count"), output_field=PositiveIntegerField())
    count: int = schedules.update(last_run_at=Now(), date_changed=Now(), total_run_count=runs, **columns)
    if count:
        PeriodicTasks.update_changed()
    return count


# What the jobs of a schedule are called: digits and letters, so that all databases sort them by time.


def name_of_run(schedule: int, due: datetime, suffix: str = "") -> str:
    return f"{_prefix(schedule)}due{(due.astimezone(UTC) - EPOCH) // MILLISECOND:015d}{suffix}"


def runs_of(schedule: int) -> Q:
    """The jobs of this schedule; the newest is the last in the order of `unique_key`."""
    return Q(unique_key__gte=f"{_prefix(schedule)}due", unique_key__lt=_prefix(schedule + 1))


def is_run(unique_key: str) -> bool:
    """Whether a job of this name was begun by a schedule."""
    return unique_key.startswith("schedule")


def _prefix(schedule: int) -> str:
    return f"schedule{schedule:012d}"
