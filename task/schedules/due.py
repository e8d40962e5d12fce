"""When a schedule is due. Whoever works it out, and however late, gets the same time: it names the run."""

from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import crontab, schedstate, schedule
from celery.utils.time import remaining
from django_celery_beat.clockedschedule import clocked

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHORTEST = timedelta(seconds=1)  # an interval of microseconds would fill the table and nothing else
YEAR = 366
# How far to look back for the last time of a crontab. 29 February may be eight years away, and a Monday forty.
DAYS = (1, 32, YEAR, 4 * YEAR, 8 * YEAR, 40 * YEAR)
SPANS = [timedelta(minutes=1), timedelta(hours=1), *(timedelta(days=days) for days in DAYS)]

REPEATED = 24 * 60  # minutes that come twice in one night: an hour; no zone was ever set back by more than a day


class Aligned(schedule):
    """An interval whose times are its multiples since 1970, and not counted from when some beat began."""

    def __init__(self, run_every: timedelta, **options: Any) -> None:
        super().__init__(max(run_every, SHORTEST), **options)

    def is_due(self, last_run_at: datetime) -> schedstate:
        every, now = self.run_every, self.now()
        last = EPOCH + (now - EPOCH) // every * every
        return schedstate(last > last_run_at, (last + every - now).total_seconds())


def next_due(times: Any, after: datetime) -> datetime | None:
    """The first time behind `after`, in UTC; None when there is none."""
    if isinstance(times, crontab):
        found: datetime = after
        for _ in range(REPEATED):
            start, delta, _ = times.remaining_delta(found)
            found = found.astimezone(UTC) + remaining(start, delta, start)
            # The clock set back, Celery's next time is one of the first time round: it lies before `after`.
            if found > after:
                return found
        return None
    if isinstance(times, clocked):
        at: datetime = times.clocked_time.astimezone(UTC)
        return at if at > after else None
    if isinstance(times, schedule):
        every: timedelta = max(times.run_every, SHORTEST)
        return EPOCH + ((after - EPOCH) // every + 1) * every
    # The sun: worked out anew each time, and a little differently each time. To the minute it is the same.
    at = times.now() + times.remaining_estimate(after + timedelta(minutes=1))
    return (at + timedelta(seconds=30)).astimezone(UTC).replace(second=0, microsecond=0)


def last_due(times: Any, now: datetime) -> datetime | None:
    """The last time that is not behind `now`, in UTC; None when there was none.

    A crontab tells only what comes next, so we begin a little earlier and go forward from there. In the night in which
    an hour comes twice, each time of its own comes once; a time that is left out in spring comes an hour later.
    """
    if isinstance(times, clocked):
        at: datetime = times.clocked_time.astimezone(UTC)
        return at if at <= now else None
    if isinstance(times, schedule):
        every: timedelta = max(times.run_every, SHORTEST)
        return EPOCH + (now - EPOCH) // every * every
    for span in SPANS:
        found, coming = None, next_due(times, now - span)
        while coming is not None and coming <= now:
            found, coming = coming, next_due(times, coming)
        if found is not None:
            return found
    return None
