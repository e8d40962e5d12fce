"""In: a job's row and the form's own rows in one transaction, then a ring."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from task.jobs.engine.broker import ring
from task.jobs.engine.registry import JobTask
from task.jobs.models import Job


def submit(
    task: JobTask,
    *,
    owner: Any = None,
    rows: Callable[[Job], None] | None = None,
    submission: str | None = None,
    parent: Job | None = None,
    **arguments: Any,
) -> Job:
    """Save a job and ring for it once it is committed; `rows(job)` saves the form's own rows with it.

    `arguments` are JSON and hold no secret. The job's `rang` is False when the broker was away (it runs when the
    broker is back). Raises IntegrityError when `submission` was sent before.
    """
    job = Job(
        kind=task.kind.name,
        title=task.kind.title_for(arguments),
        owner=owner,
        arguments=arguments,
        submission=submission,
        parent=parent,
    )

    def knock() -> None:
        job.rang = ring(job)  # type: ignore[attr-defined]

    # One row alone needs no transaction around it, in which others would wait for SQLite's write lock.
    with transaction.atomic() if rows else nullcontext():
        job.save(force_insert=True)
        if rows is not None:
            rows(job)
        transaction.on_commit(knock, robust=True)
    return job


def submission_of(who: str, kind: str, token: str, fields: Iterable[tuple[str, str]]) -> str:
    """The name of one submission: the same person, form page and data give the same 64 hex digits."""
    parts = [
        who,
        kind,
        token,
        *(f"{len(name)}:{name}={len(value)}:{value}" for name, value in sorted(fields)),
    ]
    return salted_hmac("task.jobs.submission", "\0".join(parts), algorithm="sha256").hexdigest()
