"""A job that hangs costs its own process, and goes on in another one."""

import pytest

from task.jobs.models import Job, State
from tests.processes import wait_until
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.broker


def test_a_hung_job_is_killed_and_goes_on_after_its_last_step(start_worker, tmp_path):
    worker = start_worker(
        TEST_JOBS_STEP_LIMIT_SECONDS="1",
        TEST_JOBS_LEASE_SECONDS="2",
        TEST_JOBS_RENEW_SECONDS="0.2",
        TEST_JOBS_MAINTENANCE_SECONDS="0.5",
    )
    gate = tmp_path / "gate"
    job = tasks.make_behind_gate.delay(total=100, gate=str(gate))
    wait_until(lambda: gate.with_suffix(".reached.1").exists(), what=worker.said)
    pool = worker.pool()
    wait_until(lambda: gate.with_suffix(".reached.2").exists(), what=worker.said)
    gate.touch()
    wait_until(lambda: not Job.objects.get(pk=job.pk).is_active, what=worker.said)
    job.refresh_from_db()
    assert (job.state, job.tally, Thing.objects.count()) == (State.SUCCEEDED, {"made": 100}, 100)
    assert job.workers_lost[0] == 50
    assert not set(pool) & set(worker.pool()), "The process that hung is gone."
    assert f"Job {job.pk} hangs: nothing committed for" in worker.said()
