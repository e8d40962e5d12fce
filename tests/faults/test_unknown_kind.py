"""Two workers of two versions beside each other, as in the middle of an upgrade."""

import pytest

from task.jobs.engine.broker import notify
from task.jobs.models import Job, State, Worker
from tests.processes import wait_until

pytestmark = pytest.mark.broker


def test_jobs_whose_messages_went_to_a_worker_that_does_not_know_them_are_done_by_the_one_that_does(start_worker):
    ignorant, knows = start_worker(TEST_WITHOUT_WORKBENCH="1"), start_worker()
    wait_until(lambda: Worker.objects.count() == 2, what=lambda: ignorant.said() + knows.said())
    # The next notification by itself is an hour away
    jobs = [Job.objects.create(kind="workbench.empty", title="x", notifications=4) for _ in range(20)]
    for job in jobs:
        assert notify(job.kind, job.pk)
    wait_until(lambda: Job.objects.filter(state=State.SUCCEEDED).count() == 20, what=knows.said)
    assert "unregistered task of type 'workbench.empty'" in ignorant.said()
