"""The lease's thread: a job stays ours while its work takes long, and no longer than its step may take."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections

from task.jobs import job
from task.jobs.conf import conf
from task.jobs.engine import lease, maintenance
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State
from tests.processes import ROOT, wait_until
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)


@job("lease.limited", title="Take at most three seconds a step", step_limit=3)
def limited(run):
    return "Done."


@pytest.fixture
def thread(monkeypatch, settings):
    """A thread of the test's own, that looks all the time and ends with the test."""
    settings.JOBS_RENEW_SECONDS = 0.01
    over, real, started = threading.Event(), lease._renew_for_ever, []

    class UntilOver:
        def __getattr__(self, name):
            if over.is_set():
                raise SystemExit
            return getattr(conf, name)

    def renew_until_over():
        started.append(threading.current_thread())
        with suppress(SystemExit):
            real()
        connections.close_all()

    monkeypatch.setattr(lease, "conf", UntilOver())
    monkeypatch.setattr(lease, "_renew_for_ever", renew_until_over)
    monkeypatch.setattr(lease, "_thread", None)
    yield started
    over.set()
    for each in started:
        each.join(60)
        assert not each.is_alive()


@pytest.fixture
def run(thread):
    """A job that is at work, with a lease that has next to run out."""
    made = tasks.do_nothing.delay()
    claimed = claim(made.pk)
    Job.objects.filter(pk=made.pk).update(lease_until=Now() + timedelta(seconds=1))
    return Run(claimed)


def seconds_left(run) -> float:
    until, now = Job.objects.values_list("lease_until", Now()).get(pk=run.job.pk)
    return (until - now).total_seconds()


def test_it_is_renewed_while_the_work_takes_long(run):
    with lease.renewed(run):
        wait_until(lambda: seconds_left(run) > 20, what="a renewal")
        first = Job.objects.get(pk=run.job.pk).lease_until
        wait_until(lambda: Job.objects.get(pk=run.job.pk).lease_until > first, what="the next one")
    assert maintenance.rescue_lapsed() == []
    assert run.job.claims == Job.objects.get(pk=run.job.pk).claims == 1


def test_and_while_a_worker_runs_a_job(thread, monkeypatch):
    real, renewed = lease.renew, []
    monkeypatch.setattr(lease, "renew", lambda run: renewed.append(real(run)))
    monkeypatch.setattr(tasks, "stumble", lambda name: wait_until(lambda: True in renewed) and renewed.clear())
    made = tasks.make_things.delay(total=30, size=10)  # behind each of its steps it waits for a renewal
    assert execute(made.pk, keep_lease=True) == State.SUCCEEDED
    assert len(thread) == 1


@pytest.mark.postgres
def test_and_within_a_long_step(run):
    beside = connections.create_connection("default")  # the step's own has the time at which it began
    sql = "SELECT lease_until > clock_timestamp() + interval '20 s' FROM jobs_job"

    def is_renewed():
        with beside.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    for _ in run.batches(range(1)):
        with lease.renewed(run), run.step():
            assert not is_renewed()
            wait_until(is_renewed, what="a renewal")
    beside.close()
    assert Job.objects.get(pk=run.job.pk).done == 1


def test_nothing_is_renewed_behind_the_job(run, monkeypatch):
    asked = []
    with lease.renewed(run):
        wait_until(lambda: seconds_left(run) > 20)
        monkeypatch.setattr(lease, "renew", lambda run: asked.append(run))
        wait_until(lambda: asked)
    rounds = []
    monkeypatch.setattr(lease.threading.Event, "wait", _counting(rounds, lease.threading.Event.wait))
    wait_until(lambda: len(rounds) > 2, what="two more rounds")
    asked.clear()
    wait_until(lambda: len(rounds) > 5, what="some more rounds")
    assert asked == []


def _counting(rounds, real):
    def wait(self, timeout=None):
        if threading.current_thread().name == "lease":
            rounds.append(1)
        return real(self, timeout)

    return wait


@pytest.mark.parametrize("fault", [OperationalError("the database is away"), ValueError("anything")])
def test_it_survives_a_database_that_is_away(run, monkeypatch, caplog, fault):
    real, failed = lease.update_if, []

    def away(*args, **values):
        if len(failed) < 3:
            connection.ensure_connection()
            failed.append(connection.connection)
            raise fault
        return real(*args, **values)

    monkeypatch.setattr(lease, "update_if", away)
    with lease.renewed(run):
        wait_until(lambda: seconds_left(run) > 20, what="a renewal once it is back")
    assert len({id(each) for each in failed}) == 3, "Each time with another connection."
    assert caplog.text.count(f"The lease of job {run.job.pk} was not renewed: {fault}") == 3


def test_one_thread_does_for_one_job_after_the_other(thread):
    for _ in range(3):
        made = tasks.do_nothing.delay()
        assert execute(made.pk, keep_lease=True) == State.SUCCEEDED
    assert len(thread) == 1


def test_another_process_has_a_thread_of_its_own(run, thread, monkeypatch):
    with lease.renewed(run):
        wait_until(lambda: len(thread) == 1)
    monkeypatch.setattr(lease.os, "getpid", lambda: -1)  # as after a fork, which takes no thread along
    with lease.renewed(run):
        wait_until(lambda: len(thread) == 2)


# A step that takes too long


@pytest.mark.parametrize(("task", "limit"), [(tasks.do_nothing, 300), (limited, 3)])
def test_beyond_the_limit_of_a_step_others_may_have_it(task, limit, monkeypatch):
    monkeypatch.setattr(lease.os, "kill", lambda *_: pytest.fail("It was killed."))
    run = Run(claim(task.delay().pk))
    assert lease.renew(run)
    Job.objects.update(lease_until=Now() - timedelta(seconds=1))
    run.committed_at = time.monotonic() - limit - 1
    assert lease.renew(run) is False
    assert [row.pk for row in maintenance.rescue_lapsed()] == [run.job.pk]


def test_a_heartbeat_and_a_step_let_the_limit_begin_anew(monkeypatch):
    run = Run(claim(tasks.make_things.delay(total=2).pk))
    for _ in run.batches(range(2), size=1):
        run.committed_at = time.monotonic() - 301
        assert lease.renew(run) is False
        run.heartbeat()
        assert lease.renew(run)
        run.committed_at = time.monotonic() - 301
        with run.step():
            pass
        assert lease.renew(run)


def test_a_job_that_somebody_else_has_or_that_has_ended_is_not_renewed():
    run = Run(claim(tasks.do_nothing.delay().pk))
    Job.objects.update(claims=2)
    assert lease.renew(run) is False
    Job.objects.update(claims=1, state=State.FAILED)
    assert lease.renew(run) is False


HUNG = """
import django, time
django.setup()
from django.conf import settings
from task.jobs.engine import lease
from task.jobs.engine.run import Run
from task.jobs.models import Job
settings.JOBS_RENEW_SECONDS = 0.01
run = Run(Job(kind="workbench.empty", claims=1))
run.committed_at = time.monotonic() - {seconds}
with lease.renewed(run):
    print("at work", flush=True)
    while True:
        time.sleep(0.01)
"""


def test_a_process_that_hangs_ends_itself_by_kill():
    seconds = conf.STEP_LIMIT_SECONDS + conf.LEASE_SECONDS + 1
    command = [
        sys.executable,
        "-c",
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HUNG.format(seconds=seconds),
    ]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "at work\n")
    assert "hangs: nothing committed for 331 s. This process ends." in done.stderr
