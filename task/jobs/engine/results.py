"""Celery's own record of a job, for its admin and for AsyncResult: written as the job ends, whoever ends it.

Where the records stand in the jobs' database (`django-db`), it is one statement in the transaction of the end: it is
there when the job has ended and not before, and costs no second transaction. Elsewhere the worker stores it afterwards.
"""

from functools import lru_cache
from typing import Any

from celery import Celery, Task, current_app
from celery._state import get_current_worker_task
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import Slot
from task.jobs.models import Job, State

WORDS = "This job failed; its page says why."


def are_beside_jobs() -> bool:
    """Whether Celery's records stand in the jobs' own database."""
    return _are_beside_jobs(current_app._get_current_object())


@lru_cache(maxsize=1)
def _are_beside_jobs(app: Celery) -> bool:
    here = apps.is_installed("django_celery_results") and not settings.DATABASE_ROUTERS
    return here and str(app.conf.result_backend) == "django-db"


def outcome(state: State | str) -> tuple[Any, str]:
    """(result, Celery's state) of a job that ended so: what it was does not matter to Celery."""
    return (RuntimeError(WORDS), "FAILURE") if state == State.FAILED else (str(state), "SUCCESS")


def store(task: Task[..., Any], job_id: str, state: State | str) -> None:
    """Where the records stand elsewhere."""
    result, status = outcome(state)
    task.backend.store_result(job_id, result, status, request=task.request)


def record(job: Job) -> None:
    """In the transaction in which the job ends."""
    encoded = _encoded(current_app._get_current_object(), job.state)
    key, task = str(job.pk), get_current_worker_task()
    request = task.request if task is not None and task.request.id == key else None
    values = encoded.constant | {"task_id": key}
    if request is not None and request.children:
        values["meta"] = encoded.encode({"children": [child.as_tuple() for child in request.children]})
    if encoded.extended:
        values |= {
            "task_name": job.kind,
            "task_args": encoded.encode(getattr(request, "argsrepr", None) or f"('{key}',)"),
            "periodic_task_name": getattr(request, "periodic_task_name", None),
            "worker": str(request.hostname)[:100] if request is not None else None,  # nobody, where a person ended it
        }
    sql, names = _statement(connection.alias)
    with connection.cursor() as cursor:
        cursor.execute(sql, [values.get(name) for name in names])


class _Encoded:
    """What is the same for all jobs that end in a state, as Celery's backend writes it."""

    def __init__(self, app: Celery, state: str) -> None:
        result, status = outcome(state)
        self._encode = app.backend.encode_content
        kind, encoding, content = self._encode(app.backend.encode_result(result, status))
        self.extended = bool(app.conf.result_extended)  # CELERY_RESULT_EXTENDED
        self.constant = {
            "status": status, "result": content, "content_type": kind, "content_encoding": encoding,
            "meta": self.encode({"children": []}), "task_kwargs": self.encode("{}") if self.extended else None,
        }  # fmt: skip

    def encode(self, value: Any) -> str:
        return str(self._encode(value)[2])


@lru_cache(maxsize=8)
def _encoded(app: Celery, state: str) -> _Encoded:
    return _Encoded(app, state)


@lru_cache(maxsize=8)
def _statement(alias: str) -> tuple[str, tuple[str, ...]]:
    """INSERT … ON CONFLICT DO UPDATE, and the names of its values."""
    model: Any = apps.get_model("django_celery_results", "TaskResult")
    given = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in ("date_created", "date_started", "date_done")
    ]
    created, done, key = map(model._meta.get_field, ("date_created", "date_done", "task_id"))
    query = InsertQuery(model, on_conflict=OnConflict.UPDATE, update_fields=[*given, done], unique_fields=[key])
    row = model(date_created=Now(), date_done=Now(), **{field.name: Slot(field.name, field) for field in given})
    query.insert_values([*given, created, done], [row], raw=True)
    ((sql, params),) = query.get_compiler(alias).as_sql()
    return sql, tuple(param.key for param in params)
