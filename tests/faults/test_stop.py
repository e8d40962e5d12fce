"""A worker that gets TERM ends the jobs that do not hand over, and no other task of the same host."""

import os
import signal

import pytest
from celery import current_app

from task.jobs import publish
from task.jobs.models import Job, State
from tests.processes import wait_until
from tests.workbench import tasks

pytestmark = pytest.mark.broker


def place_of(job: Job) -> int:
    return int(Job.objects.get(pk=job.pk).runner.rpartition(":")[2])


def test_an_ordinary_task_is_left_to_end_and_a_hung_job_is_killed(start_worker, tmp_path):
    worker = start_worker(processes=2, TEST_STOP_SECONDS="1")
    gate, never = tmp_path / "gate", tmp_path / "never"
    job = tasks.make_behind_gate.delay(total=20, gate=str(never))
    with publish(current_app) as producer:  # Celery's own pool may still name an earlier test's broker
        tasks.ordinary.apply_async((str(gate),), producer=producer)
    wait_until(never.with_suffix(".reached.1").exists, what=worker.said)
    wait_until(gate.with_suffix(".began").exists, what=worker.said)
    hung = place_of(job)
    os.kill(worker.pid, signal.SIGTERM)
    wait_until(lambda: hung not in worker.pool(), what=worker.said)
    wait_until(lambda: "once its other tasks are done: 1." in worker.said(), what=worker.said)
    assert worker.child.poll() is None
    gate.touch()
    wait_until(gate.with_suffix(".done").exists, what=worker.said)
    wait_until(lambda: worker.child.poll() is not None, what=worker.said)
    assert Job.objects.get(pk=job.pk).state == State.RUNNING  # its lease sees to the rest


def test_a_hung_job_alone_keeps_no_worker_from_its_end(start_worker, tmp_path):
    worker = start_worker(processes=2, TEST_STOP_SECONDS="1")
    never = tmp_path / "never"
    tasks.make_behind_gate.delay(total=20, gate=str(never))
    wait_until(never.with_suffix(".reached.1").exists, what=worker.said)
    pool = worker.pool()
    os.kill(worker.pid, signal.SIGTERM)
    wait_until(lambda: worker.child.poll() is not None, what=worker.said)
    wait_until(lambda: not [pid for pid in pool if os.path.exists(f"/proc/{pid}")], what=worker.said)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGQUIT], ids=["TERM", "QUIT"])
def test_a_stop_that_reaches_the_whole_group_lets_a_job_yield_its_turn(start_worker, tmp_path, sign):
    worker, gate = start_worker(), tmp_path / "gate"
    job = tasks.make_behind_gate.delay(total=20, gate=str(gate))
    wait_until(gate.with_suffix(".reached.1").exists, what=worker.said)
    for _ in range(2):
        worker.signal(sign)
    gate.touch()
    wait_until(lambda: worker.child.poll() is not None, what=worker.said)
    job.refresh_from_db()
    assert (job.state, job.faults, job.history) == (State.QUEUED, 0, []), worker.said()
