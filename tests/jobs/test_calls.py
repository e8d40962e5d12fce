"""What can't work with a row is refused, and what Celery would do by itself does not happen."""

from typing import Any

import pytest
from celery import chain, chord, group

from task.jobs import Misuse
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("option", ["link", "queue", "task_id", "expires", "priority", "ignore_result", "retry"])
def test_an_option_that_means_nothing_for_a_row_is_refused(option: str) -> None:
    with pytest.raises(Misuse, match=f"knows no “{option}”"):
        tasks.do_nothing.apply_async(**{option: "x"})
    assert not Job.objects.exists()


@pytest.mark.parametrize("canvas", [chain, group, chord])
def test_a_canvas_of_jobs_is_refused(canvas: Any) -> None:
    one = tasks.do_nothing.si()
    made = chord([one], one) if canvas is chord else canvas(one, one)
    with pytest.raises(Misuse, match="A job is a row, not a message"):
        made.apply_async()
    assert not Job.objects.exists()


def test_eager_tasks_make_no_eager_job() -> None:
    conf = tasks.do_nothing.app.conf
    conf.task_always_eager = True
    try:
        job = tasks.do_nothing.delay()
        assert Job.objects.get(pk=job.pk).state == State.QUEUED
        execute_all()
        assert Job.objects.get(pk=job.pk).state == State.SUCCEEDED
    finally:
        conf.task_always_eager = False
