"""A process that stands still within a step, as on a machine that is moved, until the server has ended its session."""

import os
import signal

import pytest
from django.db import connection

from task.jobs.models import Job
from tests.faults.conftest import database_url, ended
from tests.processes import Worker, running, wait_until
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = [pytest.mark.broker, pytest.mark.postgres]


def test_a_pause_within_a_step_that_is_longer_than_the_servers_patience_costs_nothing(broker, tmp_path):
    patience = "?options=-c%20idle_in_transaction_session_timeout%3D1s"  # 30 s on a desk
    worker, gate = Worker(broker.url, database_url() + patience), tmp_path / "gate"
    with running(worker):
        job = tasks.make_with_a_gate_in_a_step.delay(total=40, gate=str(gate))
        wait_until(gate.with_suffix(".reached.1").exists, what=worker.said)
        pid = int(Job.objects.get(pk=job.pk).runner.rpartition(":")[2])
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: not in_a_transaction(), what="the server ends the session")
            gate.touch()
        finally:
            os.kill(pid, signal.SIGCONT)
        job = ended(job, worker)
    assert (job.state, job.tally, Thing.objects.count()) == ("succeeded", {"made": 40}, 40), job.traceback
    assert [entry["reason"] for entry in job.history] == ["The database could not be reached."]


def in_a_transaction() -> bool:
    """Whether a session of this database, not this one, holds a transaction open without a statement."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {others} AND state = 'idle in transaction')")
        return bool(cursor.fetchone()[0])
