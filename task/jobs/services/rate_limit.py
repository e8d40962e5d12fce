"""How fast a service may be asked, by all workers on all machines: one row, changed by compare-and-swap.

A turn is taken at the moment of asking and not reserved ahead, so that a worker that comes late to its turn
moves the next one with it, and no two requests stand closer than the interval.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q

from task.jobs.engine.clock import Now
from task.jobs.engine.errors import RetryLater, Snooze
from task.jobs.engine.guards import reservation
from task.jobs.models import RateLimit
from task.jobs.services.http import NoAnswer

PATIENCE = 3.0  # seconds to stand in line; a longer line gives the worker back to others
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST = 3600.0  # seconds a service can make us wait without having said so
UNREACHABLE_SECONDS = 10.0  # nobody else waits for a host that has just not answered
UNREACHABLE_LONGEST = 120.0


def wait_for_turn(source: str, interval: float) -> None:
    """Sleep until one request to `source` may go out, `interval` seconds behind the one before, whoever asked that.

    `source` is the service's name as people read it (30 characters). Raises Snooze, which counts as no fault, when it
    is blocked, or the line is longer than PATIENCE. Not within a step.
    """
    patience = time.monotonic() + PATIENCE
    while True:
        limit = RateLimit.objects.filter(source=source).values_list("next_at", "blocked_until", "reason", Now()).first()
        if limit is None:
            _create(source)
            continue
        next_at, blocked_until, reason, now = limit
        blocked = (blocked_until - now).total_seconds() if blocked_until else 0.0
        if blocked > 0:
            raise Snooze(reason or f"{source} asked us to wait.", after=blocked + 0.1)
        wait = (next_at - now).total_seconds()
        if wait <= 0 and _reserve(source, interval):
            return
        if time.monotonic() + wait > patience:
            raise Snooze(f"Many jobs are waiting for {source}.", after=max(wait, 1.0))
        time.sleep(max(wait, 0.001))


def is_doubtful(source: str) -> bool:
    """Whether `source` has refused, or did not answer, the last time it was asked."""
    return RateLimit.objects.filter(Q(strikes__gt=0) | Q(blocked_until__gt=Now()), source=source).exists()


def block(source: str, reason: str, seconds: float, *, grows: bool = False, longest: float = LONGEST) -> float:
    """Let nobody ask `source` for so many `seconds`. `reason` is a sentence for the owners of the jobs that wait.

    `grows`: twice as long each time in a row, at most `longest`. Returns the seconds. A longer block that another
    worker has met stands, with its reason. `source` has been asked before (`wait_for_turn`).
    """
    limit = RateLimit.objects.filter(source=source)
    with reservation():
        if grows:
            strikes = limit.values_list("strikes", flat=True).first() or 0
            seconds = min(seconds * 2.0 ** min(strikes, 16), longest)
            limit.update(strikes=F("strikes") + 1)
        until = Now() + timedelta(seconds=seconds)
        shorter = Q(blocked_until=None) | Q(blocked_until__lt=until)
        limit.filter(shorter).update(blocked_until=until, reason=reason[:500])
    return seconds


@contextmanager
def block_if_unreachable(source: str) -> Iterator[None]:
    """Around a request: a host that can't be reached, or hangs, costs one worker its seconds, and not each in turn.

    A NoAnswer in it blocks the source, for 10 s at first and 2 min at most, and goes on as RetryLater.
    """
    try:
        yield
    except NoAnswer as fault:
        reason = f"{source} {fault.why}"
        block(source, reason, UNREACHABLE_SECONDS, grows=True, longest=UNREACHABLE_LONGEST)
        raise RetryLater(reason) from None


def clear(source: str) -> None:
    """The source answers as it should: what it refused before is forgotten."""
    refused = RateLimit.objects.filter(Q(strikes__gt=0) | Q(blocked_until__isnull=False), source=source)
    if refused.exists():
        with reservation():
            refused.filter(Q(blocked_until=None) | Q(blocked_until__lte=Now())).update(
                strikes=0, blocked_until=None, reason=""
            )


def _create(source: str) -> None:
    with reservation():
        RateLimit.objects.bulk_create([RateLimit(source=source, next_at=LONG_AGO)], ignore_conflicts=True)


def _reserve(source: str, interval: float) -> bool:
    open_ = Q(blocked_until=None) | Q(blocked_until__lte=Now())
    due = RateLimit.objects.filter(open_, source=source, next_at__lte=Now())
    with reservation():
        return bool(due.update(next_at=Now() + timedelta(seconds=interval)))
