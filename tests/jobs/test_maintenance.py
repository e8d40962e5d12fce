"""The sweep finds what nobody works on, and does not flood the broker."""

import itertools
import os
import socket
import subprocess
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import DateTimeField, Value

from task.jobs.engine import maintenance
from task.jobs.engine.clock import Now
from task.jobs.models import Job, State, Worker
from tests.workbench import tasks

HOST = socket.gethostname()

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pass_time(monkeypatch):
    """`pass_time(5)`: the database's clock, as the sweep reads it, goes on by 5 s, however long the test takes."""
    clock = []
    monkeypatch.setattr(maintenance, "Now", lambda: Value(clock[0], DateTimeField()))

    def go_on(seconds: float) -> None:
        if not clock:  # a moment after what the test has made
            clock.append(Job.objects.values_list(Now(), flat=True).first() + timedelta(milliseconds=1))
        clock[0] += timedelta(seconds=seconds)

    return go_on


@pytest.fixture
def ticking(monkeypatch):
    """The database's clock, as the sweep reads it, says another millisecond each time."""
    readings = itertools.count(1)
    monkeypatch.setattr(maintenance, "Now", lambda: Now() + timedelta(milliseconds=next(readings)))


def test_a_lost_message_is_sent_again_after_10_s_60_s_5_min_and_then_hourly(notifications, pass_time):
    tasks.do_nothing.delay()
    notifications.clear()
    seen = []
    clock = 0
    while clock < 3 * 3600:
        pass_time(5.001)  # not the very millisecond
        clock += 5
        if maintenance.notify_waiting(maintenance.overdue())[0]:
            seen.append(clock)
    assert len(notifications) == len(seen)
    waits = [later - earlier for earlier, later in zip([0, *seen], seen, strict=False)]
    assert [round(wait, -1) for wait in waits[:3]] == [10, 60, 300]
    assert set(waits[3:]) <= {3600, 3605}


def test_ten_thousand_waiting_jobs_leave_at_most_three_messages_each_in_ten_minutes(notifications, pass_time):
    Job.objects.bulk_create([Job(kind="workbench.empty", title="x") for _ in range(10_000)], batch_size=500)
    passes = []
    for _ in range(120):
        pass_time(5)
        passes.append(maintenance.notify_waiting(maintenance.overdue())[0])
    assert max(passes) <= 500
    counts = Counter(notifications)
    assert len(counts) == 10_000
    assert max(counts.values()) <= 3


def test_the_oldest_are_notified_first(notifications, settings):
    jobs = [tasks.do_nothing.delay() for _ in range(3)]
    notifications.clear()
    for number, job in enumerate(jobs):
        Job.objects.filter(pk=job.pk).update(notified_at=Now() - timedelta(minutes=1 + number))
    settings.JOBS_MAINTENANCE_ROWS = 2
    maintenance.notify_waiting(maintenance.overdue())
    assert notifications == [str(jobs[2].pk), str(jobs[1].pk)]


def test_a_pause_that_is_over_is_notified_at_once_and_one_that_is_not_never(notifications, pass_time):
    job = tasks.do_nothing.delay()
    Job.objects.filter(pk=job.pk).update(run_after=Now() + timedelta(seconds=20), notifications=3)
    notifications.clear()
    pass_time(15)
    assert maintenance.notify_waiting(maintenance.overdue())[0] == 0
    pass_time(6)
    assert maintenance.notify_waiting(maintenance.overdue())[0] == 1


def test_a_broker_that_is_away_is_asked_once_a_pass_and_gets_everything_when_it_is_back(monkeypatch, pass_time):
    for _ in range(20):
        tasks.do_nothing.delay()
    pass_time(11)
    asked = []
    monkeypatch.setattr(maintenance, "notify", lambda kind, key: asked.append(key) or False)
    thread = maintenance.Maintenance("here:1")
    thread.one_pass()
    assert len(asked) == 1
    assert thread.everything.is_set()
    pass_time(1)
    notified = []
    monkeypatch.setattr(maintenance, "notify", lambda kind, key: notified.append(key) or True)
    pass_time(5)
    thread.one_pass()
    assert len(set(notified)) == len(notified) == 20
    assert not thread.everything.is_set()


def test_a_start_takes_back_what_ran_on_a_dead_machine():
    job = tasks.do_nothing.delay()
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, lease_until=Now() + timedelta(hours=1), claims=1)
    assert maintenance.rescue_lapsed() == []
    assert len(maintenance.rescue_lapsed(all_running=True)) == 1
    assert Job.objects.get(pk=job.pk).state == State.QUEUED


def test_each_pass_shows_that_the_worker_lives():
    maintenance.Maintenance("here:1").one_pass()
    first = Worker.objects.get(pk="here:1")
    Worker.objects.filter(pk="here:1").update(seen=Now() - timedelta(seconds=30))
    maintenance.Maintenance("here:1").one_pass()
    assert Worker.objects.get(pk="here:1").seen >= first.seen


def test_an_unknown_kind_is_not_notified(notifications):
    Job.objects.create(kind="gone", title="x", notified_at=Now() - timedelta(days=1))
    assert maintenance.notify_waiting(maintenance.overdue()) == (0, True)


def test_messages_that_the_broker_never_took_are_not_counted(monkeypatch, pass_time):
    for _ in range(20):
        tasks.do_nothing.delay()
    monkeypatch.setattr(maintenance, "notify", lambda kind, key: False)
    for _ in range(20):
        pass_time(3601)
        assert maintenance.notify_waiting(maintenance.overdue()) == (20, False)
    assert set(Job.objects.values_list("notifications", flat=True)) == {0}


def test_a_job_claimed_between_does_not_end_the_round(monkeypatch, notifications, ticking):
    Job.objects.bulk_create([Job(kind="workbench.empty", title="x") for _ in range(1200)])
    real, taken = maintenance.update_if, []

    def first_is_gone(job_id, *args, **values):
        if not taken:
            taken.append(Job.objects.filter(pk=job_id).update(state=State.CANCELLED))
        return real(job_id, *args, **values)

    monkeypatch.setattr(maintenance, "update_if", first_is_gone)
    maintenance.Maintenance("here:1").notify_everything()
    assert len(set(notifications)) == 1199


def test_ten_workers_that_connect_again_at_once_notify_for_each_job_at_most_twice(notifications, pass_time):
    jobs = Job.objects.bulk_create([Job(kind="workbench.empty", title="x") for _ in range(30)])
    pass_time(60)
    workers = [maintenance.Maintenance(f"here:{number}") for number in range(10)]
    for worker in workers:
        Worker.objects.create(pk=worker.worker_name)
    for worker in workers:
        worker.everything.set()
        worker.one_pass()
    assert len(set(notifications)) == len(notifications) == 30
    for worker in workers:
        worker.one_pass()
    assert len(set(notifications)) == 30
    assert len(notifications) <= 60
    assert Job.objects.filter(pk__in=[job.pk for job in jobs], notifications__gt=2).count() == 0


def test_what_was_notified_just_before_the_broker_died_is_notified_again_in_the_next_pass(notifications):
    Worker.objects.create(pk="there:1")
    job = tasks.do_nothing.delay()
    worker = maintenance.Maintenance("here:1")
    worker.everything.set()
    notifications.clear()
    worker.one_pass()
    assert notifications == []
    worker.one_pass()
    assert notifications == [str(job.pk)]
    worker.one_pass()
    assert len(notifications) == 1


def test_a_worker_alone_notifies_again_at_once(notifications):
    tasks.do_nothing.delay()
    worker = maintenance.Maintenance("here:1")
    worker.everything.set()
    worker.one_pass()
    assert len(notifications) == 2


def test_lost_jobs_do_not_ask_a_broker_that_is_away_one_by_one(monkeypatch, ticking):
    asked = []
    monkeypatch.setattr(maintenance, "notify", lambda kind, key: asked.append(key) or False)
    lost = {"state": State.RUNNING, "claims": 1, "lease_until": Now() - timedelta(seconds=1)}
    for _ in range(20):
        Job.objects.create(kind="workbench.empty", title="x")
    Job.objects.update(**lost)
    thread = maintenance.Maintenance("here:1")
    thread.one_pass()
    assert len(asked) <= 2, "one for the lost, one for all that waits"
    assert thread.everything.is_set()
    assert Job.objects.filter(state=State.QUEUED).count() == 20


def test_on_one_host_a_new_worker_goes_on_at_once_where_a_dead_one_stopped(settings):
    dead, alive, elsewhere = (tasks.do_nothing.delay() for _ in range(3))
    running = {"state": State.RUNNING, "claims": 1, "lease_until": Now() + timedelta(seconds=30)}
    ended = subprocess.Popen(["true"])
    ended.wait()
    for job, runner in [(dead, f"{HOST}:{ended.pid}"), (alive, f"{HOST}:{os.getpid()}"), (elsewhere, "far:1")]:
        Job.objects.filter(pk=job.pk).update(runner=runner, **running)
    maintenance.Maintenance("here:1").one_pass()
    assert Job.objects.filter(state=State.RUNNING).count() == 3, "elsewhere only leases tell"
    settings.LOCAL = True
    maintenance.Maintenance("here:1").one_pass()
    assert list(Job.objects.filter(state=State.QUEUED)) == [dead]
