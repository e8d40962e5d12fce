"""The sweep finds what nobody works on, and does not flood the broker."""

import itertools
import os
import socket
import subprocess
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import DateTimeField, Value

from task.jobs import submit
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


def test_a_lost_ring_is_rung_again_after_10_s_60_s_5_min_and_then_hourly(rings, pass_time):
    submit(tasks.do_nothing)
    rings.clear()
    seen = []
    clock = 0
    while clock < 3 * 3600:
        pass_time(5.001)  # not the very millisecond
        clock += 5
        if maintenance.ring_waiting(maintenance.due())[0]:
            seen.append(clock)
    assert len(rings) == len(seen)
    waits = [later - earlier for earlier, later in zip([0, *seen], seen, strict=False)]
    assert [round(wait, -1) for wait in waits[:3]] == [10, 60, 300]
    assert set(waits[3:]) <= {3600, 3605}


def test_ten_thousand_waiting_jobs_leave_at_most_three_messages_of_the_sweep_each_in_ten_minutes(rings, pass_time):
    Job.objects.bulk_create([Job(kind="workbench.empty", title="x") for _ in range(10_000)], batch_size=500)
    passes = []
    for _ in range(120):
        pass_time(5)
        passes.append(maintenance.ring_waiting(maintenance.due())[0])
    assert max(passes) <= 500
    counts = Counter(rings)
    assert len(counts) == 10_000
    assert max(counts.values()) <= 3


def test_the_oldest_are_rung_first(rings):
    jobs = [submit(tasks.do_nothing) for _ in range(3)]
    rings.clear()
    for number, job in enumerate(jobs):
        Job.objects.filter(pk=job.pk).update(rung=Now() - timedelta(minutes=1 + number))
    maintenance.ring_waiting(maintenance.due(), at_most=2)
    assert rings == [str(jobs[2].pk), str(jobs[1].pk)]


def test_a_pause_that_is_over_is_rung_at_once_and_one_that_is_not_never(rings, pass_time):
    job = submit(tasks.do_nothing)
    Job.objects.filter(pk=job.pk).update(run_after=Now() + timedelta(seconds=20), rings=3)
    rings.clear()
    pass_time(15)
    assert maintenance.ring_waiting(maintenance.due())[0] == 0
    pass_time(6)
    assert maintenance.ring_waiting(maintenance.due())[0] == 1


def test_a_broker_that_is_away_is_asked_once_a_pass_and_gets_everything_when_it_is_back(monkeypatch, pass_time):
    for _ in range(20):
        submit(tasks.do_nothing)
    pass_time(11)
    asked = []
    monkeypatch.setattr(maintenance, "ring", lambda job: asked.append(job) or False)
    sweeper = maintenance.Sweeper("here:1")
    sweeper.sweep()
    assert len(asked) == 1
    assert sweeper.everything.is_set()
    pass_time(1)
    rung = []
    monkeypatch.setattr(maintenance, "ring", lambda job: rung.append(job.pk) or True)
    pass_time(5)
    sweeper.sweep()
    assert len(set(rung)) == len(rung) == 20
    assert not sweeper.everything.is_set()


def test_a_start_takes_back_what_ran_on_a_dead_machine():
    job = submit(tasks.do_nothing)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, lease_until=Now() + timedelta(hours=1), claims=1)
    assert maintenance.take_back() == []
    assert maintenance.take_back_all() == 1
    assert Job.objects.get(pk=job.pk).state == State.QUEUED


def test_each_pass_shows_that_the_worker_lives():
    maintenance.Sweeper("here:1").sweep()
    first = Worker.objects.get(pk="here:1")
    Worker.objects.filter(pk="here:1").update(seen=Now() - timedelta(seconds=30))
    maintenance.Sweeper("here:1").sweep()
    assert Worker.objects.get(pk="here:1").seen >= first.seen


def test_an_unknown_kind_is_not_rung(rings):
    Job.objects.create(kind="gone", title="x", rung=Now() - timedelta(days=1))
    assert maintenance.ring_waiting(maintenance.due()) == (0, True)


def test_rings_that_the_broker_never_took_are_not_counted(monkeypatch, pass_time):
    for _ in range(20):
        submit(tasks.do_nothing)
    monkeypatch.setattr(maintenance, "ring", lambda job: False)
    for _ in range(20):
        pass_time(3601)
        assert maintenance.ring_waiting(maintenance.due()) == (20, False)
    assert set(Job.objects.values_list("rings", flat=True)) == {0}


def test_a_job_claimed_between_does_not_end_the_round(monkeypatch, rings, ticking):
    Job.objects.bulk_create([Job(kind="workbench.empty", title="x") for _ in range(1200)])
    real, taken = maintenance.swap, []

    def first_is_gone(job_id, *args, **values):
        if not taken:
            taken.append(Job.objects.filter(pk=job_id).update(state=State.CANCELLED))
        return real(job_id, *args, **values)

    monkeypatch.setattr(maintenance, "swap", first_is_gone)
    maintenance.Sweeper("here:1").ring_everything()
    assert len(set(rings)) == 1199


def test_lost_jobs_do_not_ask_a_broker_that_is_away_one_by_one(monkeypatch, ticking):
    asked = []
    monkeypatch.setattr(maintenance, "ring", lambda job: asked.append(job) or False)
    lost = {"state": State.RUNNING, "claims": 1, "lease_until": Now() - timedelta(seconds=1)}
    for _ in range(20):
        Job.objects.create(kind="workbench.empty", title="x")
    Job.objects.update(**lost)
    sweeper = maintenance.Sweeper("here:1")
    sweeper.sweep()
    assert len(asked) <= 2, "one for the lost, one for all that waits"
    assert sweeper.everything.is_set()
    assert Job.objects.filter(state=State.QUEUED).count() == 20


def test_on_one_host_a_new_worker_goes_on_at_once_where_a_dead_one_stopped(settings):
    dead, alive, elsewhere = (submit(tasks.do_nothing) for _ in range(3))
    running = {"state": State.RUNNING, "claims": 1, "lease_until": Now() + timedelta(seconds=30)}
    ended = subprocess.Popen(["true"])
    ended.wait()
    for job, runner in [(dead, f"{HOST}:{ended.pid}"), (alive, f"{HOST}:{os.getpid()}"), (elsewhere, "far:1")]:
        Job.objects.filter(pk=job.pk).update(runner=runner, **running)
    maintenance.Sweeper("here:1").sweep()
    assert Job.objects.filter(state=State.RUNNING).count() == 3, "elsewhere only leases tell"
    settings.LOCAL = True
    maintenance.Sweeper("here:1").sweep()
    assert list(Job.objects.filter(state=State.QUEUED)) == [dead]
