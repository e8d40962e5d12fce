"""Jobs through real worker processes and a real broker, with the plug pulled here and there."""

import os
import signal
from datetime import timedelta
from time import monotonic

import pytest
from django_celery_results.models import TaskResult

from task.jobs.engine import transitions
from task.jobs.engine.clock import Now
from task.jobs.models import Job, State, Worker
from tests.processes import wait_until
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = [pytest.mark.broker, pytest.mark.own_broker]
MANY = 60_000  # things: seconds of work, so that a job is in its middle when a test that was held up comes to it


def state_of(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def ended(*jobs: Job) -> bool:
    return not Job.objects.filter(pk__in=[job.pk for job in jobs], state__in=("queued", "running")).exists()


def let_leases_run_out() -> None:
    Job.objects.filter(state=State.RUNNING).update(lease_until=Now() - timedelta(seconds=1))


def test_a_job_goes_through_a_worker(start_worker):
    worker = start_worker()
    job = tasks.make_things.delay(total=500)
    assert job.notified is True
    wait_until(lambda: state_of(job) == "succeeded", what=worker.said)
    assert Thing.objects.count() == 500
    record = wait_until(lambda: TaskResult.objects.filter(task_id=str(job.pk)).first())
    assert (record.status, record.result) == ("SUCCESS", '"succeeded"')


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(start_worker):
    first = start_worker()
    job = tasks.make_things.delay(total=MANY, size=100)
    wait_until(lambda: Job.objects.get(pk=job.pk).done >= 1000, what=first.said)
    first.kill()
    let_leases_run_out()  # waits for a commit that a server was at when its client died
    stopped_at = Job.objects.get(pk=job.pk).done
    assert 1000 <= stopped_at < MANY
    assert Thing.objects.count() == stopped_at
    second = start_worker()
    wait_until(lambda: state_of(job) == "succeeded", what=second.said)
    assert Thing.objects.count() == MANY
    assert Job.objects.get(pk=job.pk).tally == {"made": MANY}
    assert Job.objects.get(pk=job.pk).workers_lost == [stopped_at]


def test_a_pool_process_killed_by_the_kernel_is_replaced_and_its_job_goes_on(start_worker):
    worker = start_worker()
    job = tasks.make_things.delay(total=20_000, size=100)
    wait_until(lambda: Job.objects.get(pk=job.pk).done >= 500, what=worker.said)
    worker.signal_pool(signal.SIGKILL)
    wait_until(lambda: state_of(job) == "succeeded", 27, what=worker.said)  # sooner than its lease of 30 s
    assert Thing.objects.count() == 20_000


def test_a_worker_stopped_past_its_lease_and_woken_commits_nothing_stale(start_worker, tmp_path):
    first = start_worker()
    gate = tmp_path / "gate"
    job = tasks.make_behind_gate.delay(total=400, gate=str(gate))
    wait_until(lambda: gate.with_suffix(".reached.1").exists(), what=first.said)
    first.signal_pool(signal.SIGSTOP)  # not the main process: its sweep may hold SQLite's write lock just now
    let_leases_run_out()
    second = start_worker()
    wait_until(lambda: gate.with_suffix(".reached.2").exists(), what=second.said)
    gate.touch()
    first.signal_pool(signal.SIGCONT)
    wait_until(lambda: ended(job), what=second.said)
    second.stop()
    assert idle(first)
    job.refresh_from_db()
    assert (job.state, job.claims, job.tally) == ("succeeded", 2, {"made": 400})
    assert Thing.objects.count() == 400


def idle(worker) -> bool:
    """It answers a new job: so it is through with the old one."""
    small = tasks.do_nothing.delay()
    wait_until(lambda: ended(small), what=worker.said)
    return True


def test_a_stop_hands_over_at_once_and_the_next_worker_goes_on(start_worker):
    first = start_worker()
    job = tasks.make_things.delay(total=MANY, size=100)
    wait_until(lambda: Job.objects.get(pk=job.pk).done >= 500, what=first.said)
    os.kill(first.pid, signal.SIGTERM)
    wait_until(lambda: first.child.poll() is not None, what=first.said)
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.faults) == ("queued", 0)
    second = start_worker()
    wait_until(lambda: state_of(job) == "succeeded", what=second.said)
    assert Thing.objects.count() == MANY
    assert Job.objects.get(pk=job.pk).history == []


def test_a_dead_broker_costs_no_form_its_answer_and_no_job_its_life(broker, start_worker):
    worker = start_worker()
    wait_until(lambda: Worker.objects.exists(), what=worker.said)
    broker.kill()
    began = monotonic()
    jobs = [tasks.do_nothing.delay() for _ in range(10)]
    assert (monotonic() - began) / 10 < 1
    assert {job.notified for job in jobs} == {False}
    broker.start_again()
    wait_until(lambda: ended(*jobs), 40, what=worker.said)
    assert {state_of(job) for job in jobs} == {"succeeded"}


def test_fifty_waiting_jobs_survive_a_broker_that_forgets_everything(broker, start_worker):
    jobs = [tasks.do_nothing.delay() for _ in range(50)]
    broker.kill()
    for file in broker.folder.rglob("*.aof"):
        file.unlink()
    for file in broker.folder.rglob("*.manifest"):
        file.unlink()
    broker.start_again()
    worker = start_worker(processes=2)
    wait_until(lambda: ended(*jobs), what=worker.said)
    assert {state_of(job) for job in jobs} == {"succeeded"}


def test_small_jobs_do_not_wait_behind_a_big_one_on_one_process(start_worker):
    worker = start_worker()
    big = tasks.make_things.delay(total=400_000, size=1000)
    wait_until(lambda: Job.objects.get(pk=big.pk).done >= 1000, what=worker.said)
    for _ in range(3):
        small = tasks.do_nothing.delay()
        wait_until(lambda small=small: state_of(small) == "succeeded", what=worker.said)
    assert state_of(big) in ("running", "queued")
    transitions.cancel(big)
    wait_until(lambda: state_of(big) == "cancelled", what=worker.said)


def test_a_cancel_and_a_retry_go_through_the_same_worker(start_worker):
    worker = start_worker()
    job = tasks.make_things.delay(total=MANY, size=100)
    wait_until(lambda: Job.objects.get(pk=job.pk).done >= 500, what=worker.said)
    transitions.cancel(job)
    wait_until(lambda: state_of(job) == "cancelled", what=worker.said)
    assert transitions.retry(Job.objects.get(pk=job.pk))
    wait_until(lambda: state_of(job) == "succeeded", what=worker.said)
    assert Thing.objects.count() == MANY
