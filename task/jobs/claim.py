"""The claim: one UPDATE … RETURNING makes a waiting job ours, in one round trip.

Every ring begins with it, so its SQL is compiled once a process: putting it together takes the ORM five times as long
as the database takes to run it.
"""

import os
import socket
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.sql import UpdateQuery

from task.jobs import guards
from task.jobs.clock import Now
from task.jobs.kinds import KINDS
from task.jobs.models import Job, State
from task.jobs.run import LEASE

ANY_JOB, ANY_RUNNER = UUID(int=0), "runner"  # stand in the compiled statement for the real ones
ID: Any = Job._meta.pk


def runner() -> str:
    """Who this process is, for people: host and pid."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claim(job_id: UUID | str) -> Job | None:
    """Make the job ours for 30 s, if it waits and its time has come, or its lease ran out. None: not to be had."""
    with guards.writing():
        job = _take(job_id, lost=False)
        if job is None:
            with transaction.atomic():
                job = _take(job_id, lost=True)
                if job is not None:
                    _tell(job, "worker lost")
        if job is not None and job.history and job.history[-1]["what"] == "worker lost":
            _tell(job, "taken over", runner=job.runner)
        return job


def _tell(job: Job, what: str, **facts: str) -> None:
    job.note(what, **facts)
    Job.objects.filter(pk=job.pk, claims=job.claims).update(history=job.history)


def _take(job_id: UUID | str, *, lost: bool) -> Job | None:
    sql, params = _statement(connection.alias, connection.vendor, tuple(KINDS), lost)
    real = {_prepared(ANY_JOB): _prepared(job_id), ANY_RUNNER: runner()}
    rows = list(Job.objects.raw(sql, [real.get(param, param) for param in params]))
    return rows[0] if rows else None


def _prepared(job_id: UUID | str) -> Any:
    return ID.get_db_prep_value(ID.to_python(job_id), connection)


@lru_cache(maxsize=8)
def _statement(alias: str, vendor: str, kinds: tuple[str, ...], lost: bool) -> tuple[str, tuple[Any, ...]]:
    rows = Job.objects.filter(pk=ANY_JOB, kind__in=kinds, cancel_requested=False)
    if lost:
        rows = rows.filter(state=State.RUNNING, lease_until__lt=Now())
    else:
        rows = rows.filter(Q(run_after=None) | Q(run_after__lte=Now()), state=State.QUEUED)
    query: Any = rows.query.chain(UpdateQuery)
    ours = {
        "state": State.RUNNING, "claims": F("claims") + 1, "faults": F("faults") + 1, "lease_until": Now() + LEASE,
        "started": Coalesce("started", Now()), "run_after": None, "runner": ANY_RUNNER,
    }  # fmt: skip
    query.add_update_values(ours)
    sql, params = query.get_compiler(alias).as_sql()
    return f"{sql} RETURNING *", tuple(params)
