"""Celery's own record of a job: written in the transaction of its end, as Celery's own backend would write it."""

from typing import Any

import pytest
from celery import current_app
from celery.app.trace import build_tracer
from celery.result import AsyncResult
from celery.worker.request import Context
from django.db import connection, transaction
from django_celery_results.models import TaskResult

from task.jobs import Fail, cancel, retry
from task.jobs.engine import guards, results
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "celery@desk.example.org"


@pytest.fixture(autouse=True)
def nothing_is_broken():
    yield
    tasks.broken.clear()


def request_of(job: Job) -> dict[str, Any]:
    """What a worker makes of the job's message."""
    key = str(job.pk)
    headers = current_app.amqp.as_task_v2(key, job.kind, (key,), ignore_result=True).headers
    return {**headers, "hostname": HOST, "delivery_info": {}, "children": []}


def run_in_a_worker(job: Job) -> None:
    task = current_app.tasks[job.kind]
    tracer = build_tracer(job.kind, task, hostname=HOST, app=current_app._get_current_object())
    tracer(str(job.pk), (str(job.pk),), {}, request_of(job))


def columns(key: object) -> dict[str, Any]:
    return TaskResult.objects.filter(task_id=str(key)).values().get()


def celerys_own(job: Job, result: Any, status: str) -> dict[str, Any]:
    """The columns that Celery's backend writes for the same end."""
    TaskResult.objects.all().delete()
    current_app.backend.store_result(str(job.pk), result, status, request=Context(request_of(job)))
    return columns(job.pk)


def fail(name: str) -> None:
    tasks.broken[name] = Fail("No.")


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_celerys_record_is_what_its_own_backend_would_have_written(state, monkeypatch):
    job = tasks.make_things.delay(total=200, size=100)
    if state == "failed":
        fail("workbench.make")
    if state == "cancelled":  # while it runs, so that its worker sees it at its next step

        def cancels(name: str) -> None:
            with guards.allow_writes():  # as another process would
                cancel(job)

        monkeypatch.setattr(tasks, "stumble", cancels)
    run_in_a_worker(job)
    assert Job.objects.get(pk=job.pk).state == state
    ours = columns(job.pk)
    assert AsyncResult(str(job.pk)).status == ("FAILURE" if state == "failed" else "SUCCESS")
    theirs = celerys_own(job, *results.outcome(state))
    for own in ("id", "date_created", "date_done"):
        assert ours.pop(own)
        assert theirs.pop(own)
    assert ours == theirs
    assert (ours["worker"], ours["task_name"]) == (HOST, "workbench.make")


def test_a_job_that_a_person_cancels_before_a_worker_has_it_has_a_record_too():
    job = tasks.do_nothing.delay()
    assert cancel(job)
    record = columns(job.pk)
    assert (record["status"], record["result"], record["worker"]) == ("SUCCESS", '"cancelled"', None)
    assert record["task_name"] == "workbench.empty"


def test_the_record_comes_with_the_end_or_not_at_all():
    job = tasks.do_nothing.delay()
    with transaction.atomic():
        cancel(job)
        transaction.set_rollback(True)
    assert not TaskResult.objects.exists()
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_retried_job_has_one_record_of_its_last_end():
    fail("workbench.make")
    job = tasks.make_things.delay(total=1)
    run_in_a_worker(job)
    first = columns(job.pk)
    tasks.broken.clear()
    retry(Job.objects.get(pk=job.pk))
    run_in_a_worker(job)
    second = columns(job.pk)
    assert (first["status"], second["status"], second["result"]) == ("FAILURE", "SUCCESS", '"succeeded"')
    assert (second["id"], second["date_created"]) == (first["id"], first["date_created"])
    assert second["date_done"] > first["date_done"]


def test_a_job_ends_where_its_record_can_not_be_written(monkeypatch):
    def refuse(job: Job) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO there_is_no_such_table VALUES (1)")

    monkeypatch.setattr(results, "record", refuse)
    job = tasks.do_nothing.delay()
    execute_all()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "there_is_no_such_table" in job.traceback


def test_where_the_records_stand_elsewhere_the_worker_stores_them(monkeypatch):
    stored = []
    monkeypatch.setattr(results, "are_beside_jobs", lambda: False)
    job = tasks.do_nothing.delay()
    backend = current_app.tasks[job.kind].backend
    monkeypatch.setattr(
        type(backend), "store_result", lambda self, key, result, status, **rest: stored.append((key, result, status))
    )
    run_in_a_worker(job)
    assert stored == [(str(job.pk), "succeeded", "SUCCESS")]
    assert not TaskResult.objects.exists()
