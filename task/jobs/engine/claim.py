"""The claim: one UPDATE … RETURNING makes a waiting job ours, in one round trip. Every ring begins with it."""

import os
import socket
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from task.jobs.engine import guards
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import swap, take
from task.jobs.engine.registry import KINDS
from task.jobs.engine.run import LEASE
from task.jobs.models import Job, State

WAITING = Q(state=State.QUEUED, cancel_requested=False) & (Q(run_after=None) | Q(run_after__lte=Now()))
LOST = Q(state=State.RUNNING, cancel_requested=False, lease_until__lt=Now())
OURS: dict[str, Any] = {
    "state": State.RUNNING, "claims": F("claims") + 1, "faults": F("faults") + 1, "lease_until": Now() + LEASE,
    "started": Coalesce("started", Now()), "run_after": None,
}  # fmt: skip


def runner() -> str:
    """Who this process is, for people: host and pid."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claim(job_id: UUID | str) -> Job | None:
    """Make the job ours for 30 s, if it waits and its time has come, or its lease ran out. None: not to be had."""
    known = Q(kind__in=tuple(KINDS))
    with guards.writing():
        job = take(job_id, WAITING & known, runner=runner(), **OURS)
        if job is None:
            with transaction.atomic():
                job = take(job_id, LOST & known, runner=runner(), **OURS)
                if job is not None:
                    _tell(job, "worker lost")
        if job is not None and job.history and job.history[-1]["what"] == "worker lost":
            _tell(job, "taken over", runner=job.runner)
        return job


def _tell(job: Job, what: str, **facts: str) -> None:
    job.note(what, **facts)
    swap(job.pk, {"claims": job.claims}, history=job.history)
