"""Beat's scheduler: each due time once, whatever is away, wrong or started again."""

import itertools
import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from django.db import OperationalError
from django.db.models import DateTimeField, Value
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask, PeriodicTasks

from task.jobs import JobTask
from task.jobs.models import Job
from task.schedules import beat, timetable
from task.schedules.beat import JobScheduler
from task.schedules.timetable import name_of_run, problem_of, runs_of

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """The database's clock, and the host's: so much ahead of it."""

    def __init__(self, monkeypatch, now):
        self.now, self.ahead = now, timedelta()
        monkeypatch.setattr(timetable, "CLOCK", timetable.Clock())
        monkeypatch.setattr(timetable, "Now", lambda: Value(self.now, DateTimeField()))
        monkeypatch.setattr(timetable, "monotonic", lambda: 0.0)
        monkeypatch.setattr(timezone, "now", lambda: self.now + self.ahead)
        monkeypatch.setattr(
            "django_celery_beat.schedulers.ModelEntry._default_now", lambda entry: self.now + self.ahead
        )
        monkeypatch.setattr(
            "django_celery_beat.tzcrontab.TzAwareCrontab.nowfunc",
            lambda times: (self.now + self.ahead).astimezone(times.tz),
        )
        monkeypatch.setattr("django_celery_beat.models.now", lambda: self.now + self.ahead)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch, datetime(2026, 11, 21, 8, 59, 30, tzinfo=UTC))


def start():
    app = current_app._get_current_object()
    scheduler = JobScheduler(app)
    scheduler._finalize.cancel()  # what it would write at the end of this process
    return scheduler


def run(scheduler, most=20):
    """Ticks until nothing is due at this moment."""
    for _ in range(most):
        wait = scheduler.tick()
        if wait:
            return wait
    raise AssertionError("Beat does not come to rest.")


def due_times(schedule):
    names = Job.objects.filter(runs_of(schedule.pk)).order_by("unique_key").values_list("unique_key", flat=True)
    times = [datetime.fromtimestamp(int(name.partition("due")[2]) / 1000, UTC) for name in names]
    return [f"{at:%d %H:%M:%S}" for at in times]


def test_a_due_schedule_is_a_job_of_nobody(schedule, clock, ticks):
    hourly = schedule(date_changed=clock.now)
    scheduler = start()
    run(scheduler)
    assert ticks() == [], "It was made a moment ago and is not due yet."
    clock.now += timedelta(minutes=1)
    run(scheduler)
    (job,) = ticks()
    assert (job.owner, job.state, job.title) == (None, "queued", "Tick")
    assert due_times(hourly) == ["21 09:00:00"]
    run(scheduler)
    assert len(ticks()) == 1
    clock.now += timedelta(hours=1)
    run(scheduler)
    assert due_times(hourly) == ["21 09:00:00", "21 10:00:00"]


def test_its_arguments_go_with_it(schedule, clock):
    schedule(task="accounts.generate", kwargs='{"total": 50}')
    scheduler = start()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert Job.objects.get().arguments == {"total": 50}


def test_two_beats_one_of_them_late_and_with_another_clock(schedule, clock):
    hourly = schedule()
    one, two = start(), start()
    for minutes, scheduler in ((1, one), (4, two), (61, two), (64, one)):
        now, clock.now = clock.now, clock.now + timedelta(minutes=minutes)
        run(scheduler)
        clock.now = now
    assert due_times(hourly) == ["21 09:00:00", "21 10:00:00"]


def test_one_that_is_killed_and_started_again_before_it_wrote_anything_down(schedule, clock):
    hourly = schedule()
    first = start()
    clock.now += timedelta(minutes=1)
    run(first)
    assert not PeriodicTask.objects.get(pk=hourly.pk).last_run_at, "It writes that down every three minutes."
    first._dirty.clear()  # killed
    run(start())
    assert due_times(hourly) == ["21 09:00:00"]


def test_one_that_was_down_for_hours_makes_up_for_one_run_and_for_the_last(schedule, clock):
    # At 12:30 the schedule of 09:00 is hours away: Celery's own scheduler would not even read it.
    nightly = schedule("Nightly", crontab=CrontabSchedule.objects.create(minute="0", hour="9", timezone="UTC"))
    often, hourly = schedule("Often", every=2), schedule("Hourly")
    scheduler = start()
    clock.now += timedelta(seconds=3)
    run(scheduler)
    scheduler.sync()
    clock.now = datetime(2026, 11, 21, 12, 30, 1, tzinfo=UTC)
    run(start())
    assert due_times(nightly) == ["21 09:00:00"]
    assert due_times(hourly) == ["21 12:00:00"]
    assert due_times(often) == ["21 08:59:32", "21 12:30:00"]


@pytest.mark.parametrize("is_new", [False, True])
@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Berlin", "2026-10-25", ["01:30", "02:00", "02:30", "03:00", "03:30"]),
        ("America/St_Johns", "2026-11-01", ["00:30", "01:00", "01:30", "02:00", "02:30"]),
        ("Australia/Lord_Howe", "2026-04-05", ["01:00", "01:30", "02:00", "02:30"]),
    ],
)
def test_in_the_night_in_which_an_hour_comes_twice_each_time_runs_once(schedule, clock, zone, day, expected, is_new):
    place = ZoneInfo(zone)
    first, last = (datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=place) for at in (expected[0], expected[-1]))
    if is_new:  # made when the hour comes for the second time
        first, expected = last.astimezone(UTC) - timedelta(minutes=85), expected[-2:]
    clock.now = first.astimezone(UTC) - timedelta(minutes=5)
    times = CrontabSchedule.objects.create(minute="*/30", timezone=zone)
    often = schedule(crontab=times, date_changed=clock.now)
    scheduler = start()
    while clock.now <= last:
        assert run(scheduler) > 0
        assert timetable.next_run(often) > clock.now
        clock.now += timedelta(minutes=1)
    found = [datetime.strptime(at, "%d %H:%M:%S") for at in due_times(often)]
    whole = [last.astimezone(UTC).replace(day=at.day, hour=at.hour, minute=at.minute) for at in found]
    assert [f"{at.astimezone(place):%H:%M}" for at in whole] == expected


def test_every_two_seconds_leaves_no_gap(schedule, clock):
    often = schedule(every=2)
    scheduler = start()
    for _ in range(600):
        clock.now += timedelta(seconds=max(0.001, run(scheduler)) + 0.003)  # it wakes up a little late each time
    times = due_times(often)
    assert len(times) == len(set(times)) > 100
    seconds = [datetime.strptime(at, "%d %H:%M:%S") for at in times]
    assert {later - earlier for earlier, later in itertools.pairwise(seconds)} == {timedelta(seconds=2)}


def test_an_interval_runs_when_the_page_says_also_the_first_time(schedule, clock):
    daily = schedule(every=86_400)
    scheduler = start()
    told = timetable.next_run(daily)
    assert told == datetime(2026, 11, 22, tzinfo=UTC)
    clock.now = told + timedelta(seconds=1)
    run(scheduler)
    assert due_times(daily) == ["22 00:00:00"]


def test_what_is_written_down_never_goes_back(schedule, clock):
    hourly = schedule()
    one, two = start(), start()
    clock.now += timedelta(minutes=1)
    run(one)
    clock.now += timedelta(hours=1)
    run(two)
    two.sync()
    one.sync()
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    PeriodicTask.objects.update(enabled=False, last_run_at=None)
    clock.now += timedelta(hours=1)
    run(two)
    two.sync()
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at is None, "Somebody switched it off meanwhile."


def test_a_clocked_one_runs_once_and_switches_itself_off(schedule, clock):
    at = ClockedSchedule.objects.create(clocked_time=clock.now + timedelta(minutes=1))
    once = schedule(clocked=at, one_off=True)
    scheduler = start()
    run(scheduler)
    for _ in range(3):
        clock.now += timedelta(minutes=1)
        run(scheduler)
        scheduler._heap = None
    run(start())
    assert due_times(once) == ["21 09:00:30"]
    assert not PeriodicTask.objects.get(pk=once.pk).enabled


@pytest.mark.parametrize(
    ("changed", "ran"), [(timedelta(hours=1), None), (timedelta(hours=1), timedelta()), (timedelta(), None)]
)
def test_a_clocked_one_whose_time_has_passed_says_so_unless_it_is_still_made_up_for(schedule, clock, changed, ran):
    at = ClockedSchedule.objects.create(clocked_time=clock.now - timedelta(minutes=5))
    once = schedule(clocked=at, one_off=True, last_run_at=None if ran is None else clock.now - ran)
    PeriodicTask.objects.update(date_changed=clock.now - changed)
    once.refresh_from_db()
    missed = bool(changed) and ran is None
    assert problem_of(once) == ("" if missed else "Its run time is past.")
    run(start())
    assert due_times(once) == (["21 08:54:30"] if missed else [])
    once.enabled = False
    assert problem_of(once) == ""


def test_of_one_that_ran_at_its_time_nobody_says_that_it_has_passed(schedule, clock):
    at = ClockedSchedule.objects.create(clocked_time=clock.now + timedelta(minutes=1))
    once = schedule(clocked=at, one_off=True)
    scheduler = start()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    scheduler.sync()
    once.refresh_from_db()
    assert once.enabled
    assert problem_of(once) == ""
    run(start())
    once.refresh_from_db()
    assert not once.enabled


def test_one_with_a_start_does_not_make_up_for_what_was_before_it(schedule, clock):
    later = schedule(start_time=clock.now + timedelta(minutes=10))
    scheduler = start()
    clock.now += timedelta(minutes=11)
    run(scheduler)
    assert due_times(later) == []
    clock.now += timedelta(minutes=51)
    scheduler._heap = None
    run(scheduler)
    assert due_times(later) == ["21 10:00:00"]


@pytest.mark.parametrize("last_run_at", [None, timedelta()])
def test_one_whose_start_has_passed_does_not_run_at_once_when_it_is_new_or_moved(schedule, clock, last_run_at):
    moved = schedule(
        start_time=clock.now - timedelta(days=9),
        last_run_at=None if last_run_at is None else clock.now - last_run_at,
    )
    PeriodicTask.objects.update(date_changed=clock.now)
    scheduler = start()
    run(scheduler)
    assert due_times(moved) == [], "Of 08:00 it knew nothing yet."
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert due_times(moved) == ["21 09:00:00"]


# Wrong clocks


def test_a_wrong_clock_of_its_host_is_none_of_its_business(schedule, clock):
    hourly, often = schedule("Hourly"), schedule(every=1800)
    clock.ahead = timedelta(days=400)
    scheduler = start()
    for ahead in (400, 0, -400):
        clock.ahead = timedelta(days=ahead)
        clock.now += timedelta(hours=1)
        run(scheduler)
    assert due_times(hourly) == ["21 09:00:00", "21 10:00:00", "21 11:00:00"]
    assert due_times(often) == ["21 09:30:00", "21 10:30:00", "21 11:30:00"]


def test_between_two_looks_it_counts_on_by_what_nobody_can_set(clock, monkeypatch):
    own, host = timetable.Clock(), clock.now + timedelta(days=9)
    clock.ahead = timedelta(days=9)
    assert own.now() == host, "Pages never look."
    own.sync()
    monkeypatch.setattr(timetable, "monotonic", lambda: 5.0)
    assert own.now() == clock.now + timedelta(seconds=5)


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("columns", [{}, {"every": 3600}])
def test_a_clock_that_was_ahead_for_a_moment_stops_nothing(schedule, clock, restarted, columns):
    hourly, right = schedule(**columns), clock.now
    clock.now += timedelta(days=400)
    scheduler = start()
    clock.now += timedelta(hours=1)
    run(scheduler)
    scheduler.sync()
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at > right + timedelta(days=399)
    Job.objects.all().delete()
    clock.now = right
    if restarted:
        scheduler = start()
    run(scheduler)
    for _ in range(3):
        clock.now += timedelta(hours=1)
        run(scheduler)
    assert due_times(hourly) == ["21 09:00:00", "21 10:00:00", "21 11:00:00"]
    scheduler.sync()
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at == datetime(2026, 11, 21, 11, tzinfo=UTC)


def test_what_it_did_by_a_wrong_clock_is_not_written_down_when_the_clock_is_right(schedule, clock):
    hourly, right = schedule(), clock.now
    clock.now += timedelta(days=400)
    scheduler = start()
    clock.now += timedelta(hours=1)
    run(scheduler)
    clock.now = right
    run(scheduler)
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at == right


def test_a_change_from_a_host_whose_clock_is_behind_is_seen(schedule, clock):
    hourly = schedule()
    scheduler = start()
    run(scheduler)
    clock.ahead = -timedelta(hours=1)
    hourly.enabled = False
    hourly.save()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert due_times(hourly) == []


def test_the_schedules_are_read_now_and_then_also_after_its_host_was_set_back(schedule, clock):
    hourly = schedule()
    scheduler = start()
    run(scheduler)
    scheduler._last_full_sync = datetime.now() + timedelta(days=400)
    PeriodicTask.objects.update(enabled=False)  # and nobody told beat
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert due_times(hourly) == []


# Switching off


@pytest.mark.parametrize("why", ["it ended", "it ran once"])
@pytest.mark.parametrize("told", [False, True])
def test_switching_off_writes_back_nothing_that_somebody_changed_meanwhile(schedule, clock, why, told):
    columns = {"expires": clock.now + timedelta(minutes=5)} if why == "it ended" else {"one_off": True}
    row = schedule(description="Old words.", **columns)
    scheduler = start()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    (entry,) = (entry for entry in scheduler._schedule.values() if entry.name == "Often")
    PeriodicTask.objects.update(description="New words.")
    if told:
        PeriodicTask.objects.update(date_changed=clock.now)  # it may begin anew: that is for beat to read first
    before = PeriodicTasks.last_change()
    clock.now += timedelta(minutes=10)
    timetable.CLOCK.sync()
    entry.is_due()
    row.refresh_from_db()
    assert row.description == "New words."
    assert row.enabled is told
    assert (PeriodicTasks.last_change() > before) is not told, "Other beats are told."
    if told:
        PeriodicTasks.update_changed()
    run(scheduler)
    scheduler._heap = None
    run(scheduler)
    row.refresh_from_db()
    assert not row.enabled
    assert due_times(row) == ["21 09:00:00"]


def test_one_that_staff_let_run_once_more_is_not_switched_off_for_its_first_run(schedule, clock):
    once = schedule(one_off=True)
    scheduler = start()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    (entry,) = (entry for entry in scheduler._schedule.values() if entry.name == "Often")
    timetable.from_now_on(PeriodicTask.objects.filter(pk=once.pk), enabled=True)
    entry.is_due()
    clock.now += timedelta(hours=1)
    run(scheduler)
    assert due_times(once) == ["21 09:00:00", "21 10:00:00"]


# The next run


def test_no_run_is_told_that_comes_after_its_end(schedule, clock):
    hourly = schedule(expires=datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC))
    assert timetable.next_run(hourly) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    hourly.expires -= timedelta(seconds=1)
    assert timetable.next_run(hourly) is None


def test_no_run_is_told_of_one_that_ran_once(schedule, clock):
    once = schedule(one_off=True)
    assert timetable.next_run(once) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    scheduler = start()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    scheduler.sync()
    once.refresh_from_db()
    assert once.enabled, "Beat has not looked at it again."
    assert timetable.next_run(once) is None


# Away


def away(*args, **kwargs):
    raise OperationalError("could not connect")


def test_a_database_that_is_away_loses_no_run(schedule, clock, monkeypatch, caplog):
    hourly = schedule()
    scheduler = start()
    run(scheduler)
    clock.now += timedelta(minutes=1)
    real = JobTask.apply_async
    monkeypatch.setattr(JobTask, "apply_async", away)
    assert run(scheduler) <= 1, "It is tried again in a moment."
    clock.now += timedelta(minutes=20)
    run(scheduler)
    assert due_times(hourly) == []
    monkeypatch.setattr(JobTask, "apply_async", real)
    run(scheduler)
    assert due_times(hourly) == ["21 09:00:00"], "Late, and under its own time."
    assert not scheduler.unsaved
    assert "could not be saved and is tried again: could not connect" in caplog.text


@pytest.fixture
def owing(schedule, clock, monkeypatch):
    """A beat that owes the run of 09:00, and what ends the fault."""
    hourly = schedule()
    scheduler = start()
    with monkeypatch.context() as fault:
        fault.setattr(JobTask, "apply_async", away)
        clock.now += timedelta(minutes=1)
        run(scheduler)
    assert scheduler.unsaved
    return hourly, scheduler


@pytest.mark.parametrize("change", ["off", "moved", "from now on", "gone"])
def test_what_is_owed_is_dropped_when_staff_changed_the_schedule_meanwhile(owing, clock, change):
    hourly, scheduler = owing
    rows = PeriodicTask.objects.filter(pk=hourly.pk)
    if change == "off":
        rows.update(enabled=False)
    elif change == "moved":
        CrontabSchedule.objects.filter(pk=hourly.crontab_id).update(minute="5")
    elif change == "from now on":
        rows.update(last_run_at=clock.now)
    else:
        rows.delete()
    run(scheduler)
    assert not scheduler.unsaved
    assert not Job.objects.exists()


def test_what_is_owed_runs_with_the_arguments_of_now(owing):
    hourly, scheduler = owing
    PeriodicTask.objects.update(task="accounts.generate", kwargs='{"total": 7}')
    run(scheduler)
    assert [(job.kind, job.arguments) for job in Job.objects.all()] == [("accounts.generate", {"total": 7})]
    assert due_times(hourly) == ["21 09:00:00"]


def test_what_is_owed_when_beat_is_stopped_is_made_by_the_next_one(owing):
    hourly, scheduler = owing
    scheduler.sync()  # as it does on TERM
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at is None
    run(start())
    assert due_times(hourly) == ["21 09:00:00"]
    run(scheduler)
    scheduler.sync()
    assert PeriodicTask.objects.get(pk=hourly.pk).last_run_at == datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_one_that_runs_once_is_not_switched_off_while_its_run_is_owed(schedule, clock, monkeypatch):
    once = schedule(every=10, one_off=True)
    PeriodicTask.objects.update(date_changed=clock.now - timedelta(minutes=1))
    scheduler = start()
    with monkeypatch.context() as fault:
        fault.setattr(JobTask, "apply_async", away)
        run(scheduler)
        assert scheduler.unsaved
        clock.now += timedelta(seconds=15)
        run(scheduler)
        assert PeriodicTask.objects.get(pk=once.pk).enabled
    for _ in range(2):
        run(scheduler)
        clock.now += timedelta(seconds=15)
    assert due_times(once) == ["21 08:59:30"]
    assert not PeriodicTask.objects.get(pk=once.pk).enabled


def test_schedules_that_can_not_be_read_just_now_stay_as_they_were(schedule, clock, monkeypatch):
    hourly = schedule()
    scheduler = start()
    run(scheduler)
    monkeypatch.setattr(type(PeriodicTask.objects), "enabled", away)
    scheduler._last_full_sync = datetime.min
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert due_times(hourly) == ["21 09:00:00"]
    monkeypatch.undo()
    assert datetime.now() - scheduler._last_full_sync > timedelta(minutes=4), "It looks again in a moment."


def test_a_beat_that_starts_while_the_database_is_away_begins_when_it_is_back(schedule, clock, monkeypatch):
    hourly = schedule()
    with monkeypatch.context() as fault:
        fault.setattr(type(PeriodicTask.objects), "enabled", away)
        scheduler = start()
        assert run(scheduler) > 0
    clock.now += timedelta(minutes=1)
    scheduler._last_full_sync -= beat.AGAIN  # a second later
    run(scheduler)
    assert due_times(hourly) == ["21 09:00:00"]


def test_a_change_by_staff_is_seen_at_the_next_tick(schedule, clock):
    hourly = schedule()
    scheduler = start()
    run(scheduler)
    hourly.enabled = False
    hourly.save()
    PeriodicTasks.objects.update(last_update=clock.now + timedelta(seconds=1))
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert due_times(hourly) == []


# Wrong


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"kwargs": "{total"}, "Its arguments are not JSON"),
        ({"kwargs": '{"total": 5}'}, "got an unexpected keyword argument 'total'"),
        ({"task": "gone.since_long"}, "No process here knows the kind “gone.since_long”"),
        ({"headers": "{"}, "are not JSON"),
    ],
)
def test_one_that_is_wrong_is_told_once_and_the_others_run(schedule, clock, caplog, columns, sentence):
    good, wrong = schedule("Good"), schedule("Wrong", **columns)
    scheduler = start()
    for _ in range(3):
        clock.now += timedelta(minutes=30)
        scheduler._last_full_sync = datetime.min
        run(scheduler)
    assert due_times(good) == ["21 09:00:00", "21 10:00:00"]
    told = [record for record in caplog.records if "“Wrong” does not run" in record.getMessage()]
    assert len(told) == 1
    assert told[0].levelno == logging.ERROR
    assert sentence in told[0].getMessage()
    wrong.refresh_from_db()
    assert wrong.enabled, "Staff see it on the page, and what is wrong with it."


def test_one_without_times_stops_nobody(schedule, clock):
    good, wrong = schedule("Good"), schedule("Wrong")
    PeriodicTask.objects.filter(pk=wrong.pk).update(crontab=None)
    scheduler = start()
    clock.now += timedelta(minutes=1)
    run(scheduler)
    assert due_times(good) == ["21 09:00:00"]


def test_a_task_of_celery_itself_is_sent_as_a_message(schedule, clock, monkeypatch):
    cleanup = current_app.tasks["celery.backend_cleanup"]
    sent = []
    monkeypatch.setattr(type(cleanup), "apply_async", lambda task, *args, **options: sent.append(task.name))
    monkeypatch.setattr(beat, "publish", lambda app: __import__("contextlib").nullcontext("the door"))
    scheduler = start()
    PeriodicTask.objects.exclude(name="celery.backend_cleanup").delete()
    clock.now = datetime(2026, 11, 22, 4, 0, 1, tzinfo=UTC)
    run(scheduler)
    assert sent == ["celery.backend_cleanup"]
    assert not Job.objects.exists()


def test_a_broker_that_is_away_stops_beat_not(schedule, clock, caplog):
    scheduler = start()  # nobody listens at the tests' broker
    clock.now = datetime(2026, 11, 22, 4, 0, 1, tzinfo=UTC)
    PeriodicTask.objects.exclude(name="celery.backend_cleanup").delete()
    run(scheduler)
    assert "celery.backend_cleanup" in caplog.text


def test_names_of_runs_sort_by_time_in_every_database(schedule):
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    names = [name_of_run(7, at + timedelta(seconds=seconds)) for seconds in (0, 0.001, 9, 10, 99_999)]
    assert names == sorted(names)
    assert all(name.isalnum() and name.islower() for name in names)
    assert len(name_of_run(10**11, datetime(9999, 1, 1, tzinfo=UTC), "by" + "f" * 16)) <= 64
