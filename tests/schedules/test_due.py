"""When a schedule is due: the same time for whoever works it out, and however late."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import schedule
from django_celery_beat.clockedschedule import clocked
from django_celery_beat.tzcrontab import TzAwareCrontab

from task.schedules.due import Aligned, last_due, next_due

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


def crontab(text: str, zone: str = "Europe/Berlin") -> TzAwareCrontab:
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    return TzAwareCrontab(**dict(zip(names, text.split(), strict=True)), tz=ZoneInfo(zone))


def walk(times: TzAwareCrontab, now: datetime, most: timedelta) -> datetime | None:
    """Minute by minute back from `now`: the plain and slow way."""
    at = now.astimezone(UTC).replace(second=0, microsecond=0)
    while at > now - most:
        local = at.astimezone(times.tz)
        if (
            local.minute in times.minute
            and local.hour in times.hour
            and local.day in times.day_of_month
            and local.month in times.month_of_year
            and local.isoweekday() % 7 in times.day_of_week
        ):
            return at
        at -= MINUTE
    return None


CRONTABS = (
    "* * * * *", "0 * * * *", "*/20 * * * *", "30 3 * * *", "50 8 * * *", "0 0 * * *", "59 23 * * 0", "15 10 * * 1-5",
    "5,35 8-17/3 * * *", "0 6 1 * *", "0 12 15 1,7 *", "10 4 31 * *", "7 7 * 2 6",
)  # fmt: skip


@pytest.mark.parametrize("text", CRONTABS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
def test_the_last_time_is_the_one_that_a_walk_back_minute_by_minute_finds(text, zone):
    times, chance = crontab(text, zone), random.Random(text + zone)
    for _ in range(4):
        # Not within a day of a change of the clocks: what holds then stands below.
        now = datetime(2026, chance.choice((1, 5, 7, 8, 12)), 1, tzinfo=UTC) + timedelta(
            seconds=chance.uniform(2, 27) * 86_400
        )
        most = timedelta(days=40)
        expected = walk(times, now, most)
        found = last_due(times, now)
        if expected is not None:
            assert found == expected, now
        else:
            assert found is not None
            assert found <= now - most


def test_a_time_of_the_leap_day_is_found_years_later():
    assert last_due(crontab("0 12 29 2 *", "UTC"), datetime(2027, 12, 1, tzinfo=UTC)) == datetime(
        2024, 2, 29, 12, tzinfo=UTC
    )
    assert last_due(crontab("0 12 29 2 1", "UTC"), datetime(2026, 12, 1, tzinfo=UTC)) == datetime(
        2016, 2, 29, 12, tzinfo=UTC
    )


@pytest.mark.parametrize("text", CRONTABS)
@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)])
def test_around_a_change_of_the_clocks_the_times_only_go_forward(text, day):
    times = crontab(text)
    before = last_due(times, day)
    for minutes in range(1, 26 * 60, 7):
        now = day + minutes * MINUTE
        due = last_due(times, now)
        assert before <= due <= now
        assert due == last_due(times, due), "A time that is due is due at that time."
        before = due


@pytest.mark.parametrize("text", CRONTABS)
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("America/St_Johns", "2026-03-08"),
        ("America/St_Johns", "2026-11-01"),
        ("America/Havana", "2026-11-01"),  # the first hour of a day comes twice
        ("Australia/Lord_Howe", "2026-04-05"),  # half an hour comes twice
        ("Asia/Kathmandu", "2026-10-25"),
        ("UTC", "2026-10-25"),
    ],
)
def test_all_through_such_a_night_the_last_and_the_next_time_are_neighbours(text, zone, day):
    times, begin = crontab(text, zone), datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    chain = [last_due(times, begin - timedelta(hours=2))]
    while chain[-1] <= begin + timedelta(hours=5):
        chain.append(next_due(times, chain[-1]))
    on_the_clock = [at.astimezone(times.tz).replace(tzinfo=None) for at in chain]
    assert len(set(on_the_clock)) == len(chain), "Each time of its own comes once."
    for minutes in range(-60, 5 * 60, 10):
        at = (begin + minutes * MINUTE).astimezone(times.tz)
        expected = max(due for due in chain if due <= at), min(due for due in chain if due > at)
        assert (last_due(times, at), next_due(times, at)) == expected, at


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Spring: 02:30 is left out, and comes at 03:30 of the new time.
        (datetime(2026, 3, 28, tzinfo=UTC), ["28T01:30", "29T01:30", "30T00:30"]),
        # Autumn: 02:30 comes twice, and is due the first time.
        (datetime(2026, 10, 24, tzinfo=UTC), ["24T00:30", "25T00:30", "26T01:30"]),
    ],
)
def test_a_nightly_time_comes_once_in_the_nights_of_the_change(day, expected):
    times = crontab("30 2 * * *")
    found = {last_due(times, day + hour * timedelta(hours=1)) for hour in range(6, 60)}
    assert [f"{at:%dT%H:%M}" for at in sorted(found)] == expected


def test_an_interval_counts_from_1970_and_not_from_when_somebody_began():
    now = datetime(2026, 11, 21, 15, 50, 3, 700_000, tzinfo=UTC)
    assert last_due(schedule(timedelta(seconds=2)), now) == datetime(2026, 11, 21, 15, 50, 2, tzinfo=UTC)
    assert next_due(schedule(timedelta(seconds=2)), now) == datetime(2026, 11, 21, 15, 50, 4, tzinfo=UTC)
    assert last_due(schedule(timedelta(hours=8)), now) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert next_due(schedule(timedelta(days=1)), now) == datetime(2026, 11, 22, tzinfo=UTC)


def test_an_interval_of_microseconds_is_one_of_a_second():
    now = datetime(2026, 11, 21, 15, 50, 3, 700_000, tzinfo=UTC)
    assert last_due(schedule(timedelta(microseconds=5)), now) == now.replace(microsecond=0)
    assert Aligned(timedelta(microseconds=5)).run_every == timedelta(seconds=1)


def test_an_interval_is_due_at_its_multiples():
    now = datetime(2026, 11, 21, 15, 50, 3, 500_000, tzinfo=UTC)
    times = Aligned(timedelta(seconds=2), nowfun=lambda: now)
    assert tuple(times.is_due(now - timedelta(seconds=1))) == (False, 0.5)
    assert tuple(times.is_due(now - timedelta(seconds=2))) == (True, 0.5)


def test_a_clocked_time_is_due_from_then_on():
    at = datetime(2026, 11, 21, 8, 50, tzinfo=BERLIN)
    times = clocked(at)
    assert last_due(times, at - MINUTE) is None
    assert next_due(times, at - MINUTE) == at
    assert last_due(times, at + timedelta(days=900)) == at
    assert next_due(times, at) is None
