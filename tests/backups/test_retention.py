"""Which backups stay, and that rows and files go together."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from task.backups.models import Backup, folder
from task.backups.retention import to_keep
from task.backups.tasks import remove_old_backups
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.backups.conftest import made
from tests.backups.pages import backup, good

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)  # a Tuesday


def test_a_year_of_hourly_backups_leaves_24_hours_7_days_and_4_weeks():
    times = [NOON - timedelta(hours=hour) for hour in range(365 * 24)]
    stay = sorted(to_keep(times), reverse=True)
    assert stay[:24] == times[:24]
    last_of_days = [datetime(2026, 3, day, 23, 0, tzinfo=UTC) for day in (30, 29, 28, 27, 26, 25)]
    last_of_weeks = [datetime(2026, 3, day, 23, 0, tzinfo=UTC) for day in (29, 22, 15)]
    assert set(stay[24:]) == {*last_of_days, *last_of_weeks} - set(times[:24])
    assert len(stay) <= 24 + 7 + 4


def test_each_hour_by_hour_as_the_desk_lives_there_are_never_more_than_35_and_the_same_weeks_stay():
    stay: set[datetime] = set()
    for hour in range(60 * 24):
        stay = to_keep({*stay, NOON + timedelta(hours=hour)})
        assert len(stay) <= 35
    assert len({made.isocalendar()[:2] for made in stay}) == 4
    assert len({made.date() for made in stay}) >= 7


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York", "Europe/Berlin"])
def test_the_newest_always_stays_and_a_second_look_takes_nothing_more(settings, zone):
    settings.TIME_ZONE = zone
    timezone.get_default_timezone.cache_clear()
    try:
        times = [NOON - timedelta(minutes=17 * number) for number in range(6000)]
        stay = to_keep(times)
        assert times[0] in stay
        assert to_keep(stay) == stay
        assert len(stay) <= 35
    finally:
        settings.TIME_ZONE = "UTC"
        timezone.get_default_timezone.cache_clear()


def test_of_one_hour_the_newest_stays():
    first, second = NOON.replace(minute=5), NOON.replace(minute=50)
    assert to_keep([first, second]) == {second}


def test_after_a_long_pause_nothing_goes():
    times = [NOON - timedelta(days=400, hours=hour) for hour in range(20)]
    assert to_keep(times) == set(times)
    assert to_keep([]) == set()


def run() -> Job:
    job = remove_old_backups.delay()
    execute_all()
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
    assert job.message == f"{len(rows) - len(left)} old backups deleted."


def test_failed_ones_go_after_a_week_and_what_waits_never():
    old, young = backup(24 * 7 + 1, state="failed"), backup(24 * 7 - 1, state="failed")
    waiting, cancelled = backup(24 * 30), backup(24 * 8, state="cancelled")
    run()
    assert set(Backup.objects.values_list("pk", flat=True)) == {young.pk, waiting.pk}
    assert old.pk != cancelled.pk


def test_parts_of_the_dead_go_after_a_day_and_other_peoples_files_never():
    known, gone = with_file(good(1)), good(50)
    parts = [folder() / f".{gone.name.removesuffix('.tar.gz')}.{claim}.pack" for claim in (3, 4, 5)]
    own = folder() / "notes.txt"
    for path, age in zip((*parts, own), (50, 26, 2, 500), strict=True):
        path.touch()
        os.utime(path, (time.time() - age * 3600,) * 2)
    assert run().message == "No old backups deleted. 2 parts of unfinished backups deleted."
    assert {path.name for path in folder().iterdir()} == {known.name, parts[2].name, own.name}


@pytest.fixture
def old_folder(sam):
    """A folder of backups, and a database that knows of none: a fresh desk after the old one was lost."""

    def lose(age_hours=400):
        row = made()
        Job.objects.all().delete()
        Backup.objects.all().delete()
        os.utime(row.path, (time.time() - age_hours * 3600,) * 2)
        return row

    return lose


def test_a_fresh_desk_on_an_old_folder_removes_nothing_and_lists_what_it_finds(old_folder):
    row, odd = old_folder(), with_file(good(900), age_hours=900)
    Backup.objects.all().delete()
    words = f"1 backup in {folder()} is listed. 1 file there can't be read as a backup, and is left."
    assert run().message == f"No old backups deleted. {words}"
    assert {path.name for path in folder().iterdir()} == {row.name, odd.name}
    found = Backup.objects.get()
    for name in ("job_id", "name", "state", "size", "sha256", "rows", "files", "made"):
        assert getattr(found, name) == getattr(row, name)
    run()
    assert Backup.objects.count() == 1
    assert row.path.exists()


def test_a_damaged_one_is_listed_as_failed_and_stays(old_folder):
    row = old_folder()
    row.path.write_bytes(row.path.read_bytes()[:-200])
    with_file(good(1))
    first = run().message
    assert first == "No old backups deleted. 1 damaged one there is listed as failed."
    found = Backup.objects.get(name=row.name)
    assert found.state == "failed"
    assert found.reason.startswith("Found in BACKUP_DIR, but it can't be read. It was cut off or changed")
    Backup.objects.filter(pk=found.pk).update(created=found.created - timedelta(days=30))
    assert run().message == "No old backups deleted."
    assert row.path.exists()
    row.path.unlink()
    assert run().message == "1 old backup deleted."


def test_one_whose_job_failed_after_it_was_published_is_good_all_the_same(old_folder):
    row = old_folder()
    backup(1, job_id=row.job_id, state="failed", reason="The worker stopped five times at the same place.")
    Backup.objects.update(name=row.name)
    run()
    assert (Backup.objects.get().state, Backup.objects.get().sha256) == ("good", row.sha256)


def test_one_whose_job_was_retried_under_another_name_is_listed_too(old_folder):
    row = old_folder()
    good(1, job_id=row.job_id)
    run()
    assert set(Backup.objects.values_list("name", flat=True)) > {row.name}


@pytest.fixture
def mid_hour(monkeypatch):
    """The half of an hour, whatever time it is: what was made some minutes before is of that hour too."""
    half = timezone.now().replace(minute=30, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: half)


def test_adopted_ones_fall_under_the_same_rule(old_folder, mid_hour):
    row = old_folder()
    for hour in range(30):
        with_file(good(hour / 100))
    run()
    Backup.objects.filter(name=row.name).update(made=timezone.now() - timedelta(hours=0.29))
    run()
    assert not row.path.exists()


def test_a_file_that_is_gone_already_is_no_fault():
    good(24 * 300)
    good(1)
    for hour in range(30):
        good(24 * 200 + hour)
    assert run().state == "succeeded"


def test_a_row_whose_file_is_lost_keeps_no_place():
    there = [with_file(good(hour)) for hour in range(30, 80)]
    lost = [good(hour) for hour in range(24)]
    run()
    left = set(Backup.objects.all())
    assert len(left & set(there)) >= 24  # the hours are those of the files that are there
    assert {path.name for path in folder().iterdir()} == {row.name for row in left & set(there)}
    assert left >= set(lost)  # people may look for their files
    Backup.objects.filter(pk__in=[row.pk for row in lost[1:]]).update(created=timezone.now() - timedelta(days=8))
    run()
    assert set(Backup.objects.all()) & set(lost) == {lost[0]}


def test_one_that_somebody_asked_for_stays_for_a_day(sam, mid_hour):
    """Back up, make a mistake, back up again: the first one is the one that is wanted."""
    jobs = [remove_old_backups.apply_async(owner=owner) for owner in (sam, None)]
    by_hand, by_schedule = (with_file(good(0.002, job_id=job.pk)) for job in jobs)
    newer = with_file(good(0))
    Job.objects.all().update(state="succeeded")
    run()
    assert set(Backup.objects.all()) == {by_hand, newer}
    assert not by_schedule.path.exists()
    Job.objects.filter(pk=by_hand.job_id).update(created=timezone.now() - timedelta(hours=25))
    run()
    assert set(Backup.objects.all()) == {newer}
    assert not by_hand.path.exists()
