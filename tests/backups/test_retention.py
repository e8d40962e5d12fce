"""Which backups stay, and that rows and files go together."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from task.backups.models import Backup, folder
from task.backups.retention import kept
from task.backups.tasks import remove_old
from task.jobs import submit
from task.jobs.models import Job
from task.jobs.testing import perform_all
from tests.backups.pages import backup, good

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)  # a Tuesday


def test_a_year_of_hourly_backups_leaves_24_hours_7_days_and_4_weeks():
    times = [NOON - timedelta(hours=hour) for hour in range(365 * 24)]
    stay = sorted(kept(times), reverse=True)
    assert stay[:24] == times[:24]
    last_of_days = [datetime(2026, 3, day, 23, 0, tzinfo=UTC) for day in (30, 29, 28, 27, 26, 25)]
    last_of_weeks = [datetime(2026, 3, day, 23, 0, tzinfo=UTC) for day in (29, 22, 15)]
    assert set(stay[24:]) == {*last_of_days, *last_of_weeks} - set(times[:24])
    assert len(stay) <= 24 + 7 + 4


def test_each_hour_by_hour_as_the_desk_lives_there_are_never_more_than_35_and_the_same_weeks_stay():
    stay: set[datetime] = set()
    for hour in range(60 * 24):
        stay = kept({*stay, NOON + timedelta(hours=hour)})
        assert len(stay) <= 35
    assert len({made.isocalendar()[:2] for made in stay}) == 4
    assert len({made.date() for made in stay}) >= 7


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York", "Europe/Berlin"])
def test_the_newest_always_stays_and_a_second_look_takes_nothing_more(settings, zone):
    settings.TIME_ZONE = zone
    timezone.get_default_timezone.cache_clear()
    try:
        times = [NOON - timedelta(minutes=17 * number) for number in range(6000)]
        stay = kept(times)
        assert times[0] in stay
        assert kept(stay) == stay
        assert len(stay) <= 35
    finally:
        settings.TIME_ZONE = "UTC"
        timezone.get_default_timezone.cache_clear()


def test_of_one_hour_the_newest_stays():
    first, second = NOON.replace(minute=5), NOON.replace(minute=50)
    assert kept([first, second]) == {second}


def test_after_a_long_pause_nothing_goes():
    times = [NOON - timedelta(days=400, hours=hour) for hour in range(20)]
    assert kept(times) == set(times)
    assert kept([]) == set()


def run() -> Job:
    job = submit(remove_old)
    perform_all()
    job.refresh_from_db()
    return job


def with_file(row: Backup, age_hours: float = 0) -> Backup:
    folder().mkdir(exist_ok=True)
    row.path.write_text("x")
    os.utime(row.path, (time.time() - age_hours * 3600,) * 2)
    return row


pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_and_files_go_together():
    rows = [with_file(good(hour)) for hour in range(24 * 70)]
    job = run()
    left = list(Backup.objects.all())
    assert 24 <= len(left) <= 35
    assert {path.name for path in folder().iterdir()} == {row.name for row in left}
    assert rows[0] in left
    assert job.message == f"{len(rows) - len(left)} old backups removed."


def test_failed_ones_go_after_a_week_and_what_waits_never():
    old, young = backup(24 * 7 + 1, state="failed"), backup(24 * 7 - 1, state="failed")
    waiting, cancelled = backup(24 * 30), backup(24 * 8, state="cancelled")
    run()
    assert set(Backup.objects.values_list("pk", flat=True)) == {young.pk, waiting.pk}
    assert old.pk != cancelled.pk


def test_orphans_go_after_a_day_and_other_peoples_files_never():
    known = with_file(good(100), age_hours=100)
    orphan, fresh = with_file(good(50), age_hours=50), with_file(good(2), age_hours=2)
    Backup.objects.filter(pk__in=[orphan.pk, fresh.pk]).delete()
    part, young_part = (folder() / f".{row.name.removesuffix('.tar.gz')}.3.pack" for row in (orphan, fresh))
    own = folder() / "notes.txt"
    for path, age in ((part, 50), (young_part, 2), (own, 500)):
        path.touch()
        os.utime(path, (time.time() - age * 3600,) * 2)
    run()
    assert {path.name for path in folder().iterdir()} == {known.name, fresh.name, young_part.name, own.name}


def test_a_file_that_is_gone_already_is_no_fault():
    good(24 * 300)
    good(1)
    for hour in range(30):
        good(24 * 200 + hour)
    assert run().state == "succeeded"
