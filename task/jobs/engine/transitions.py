"""Changes of state, each a compare-and-swap on the job's own row; its row count says who won."""

import logging
import traceback
from contextlib import nullcontext
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from task.jobs.engine.broker import ring
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import swap
from task.jobs.engine.guards import writing
from task.jobs.engine.registry import KINDS, Hook, end_hooks
from task.jobs.models import ACTIVE, Job, State, storable

log = logging.getLogger("desk.jobs")
UNLEASED: dict[str, Any] = {"lease_until": None, "run_after": None}


def end(job: Job, state: State, guard: dict[str, Any], **columns: Any) -> bool:
    """End a job if its row still answers to `guard`, and run the end hooks in the same transaction.

    A hook that fails makes a success a failure, and nothing else: a job whose hook is wrong must end all the same.
    """
    try:
        return _end(job, state, guard, end_hooks(job), columns)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if state == State.SUCCEEDED:
            raise
        log.exception("An end hook of job %s failed; the job ends without it", job.pk)
        columns["traceback"] = (columns.get("traceback", "") + traceback.format_exc())[-20_000:]
        return _end(job, state, guard, [], columns)


def _end(job: Job, state: State, guard: dict[str, Any], hooks: list[Hook], columns: dict[str, Any]) -> bool:
    before = job.state
    # One statement needs no transaction around it, in which others would wait for SQLite's write lock.
    with transaction.atomic(savepoint=False) if hooks else nullcontext(), writing(step=True):
        if not swap(job.pk, guard, state=state, finished=Now(), cancel_requested=False, **UNLEASED, **columns):
            return False
        job.state = state
        for name, value in columns.items():
            setattr(job, name, storable(value))  # as the row has it: hooks write it into rows of their own
        try:
            for hook in hooks:
                hook(job)
        except BaseException:
            job.state = before
            raise
    return True


def cancel(job: Job) -> bool:
    """A person does not want it any more, nor what was to follow it. False: there was nothing left to cancel.

    Waiting: cancelled at once. Running: seen at its next step. Never Celery's `revoke`: workers remember the id for
    three hours and would drop its retry.
    """
    done = False
    for _ in range(5):  # between the two looks it may have changed from the one state to the other
        done = end(job, State.CANCELLED, {"state": State.QUEUED}, message="Cancelled before it went on.") or swap(
            job.pk, {"state": State.RUNNING}, cancel_requested=True
        )
        if done or not Job.objects.filter(pk=job.pk, state__in=ACTIVE).exists():
            break
    for child in job.children.filter(state=State.QUEUED):
        done = cancel(child) or done
    return done


def retry(job: Job) -> bool:
    """A person wants it once more: it goes on after its last committed step. False: it has not ended badly."""
    with transaction.atomic():
        ended_badly = Job.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED))
        row = ended_badly.select_for_update(no_key=True).first()
        if row is None:
            return False
        ended = row.finished.isoformat() if row.finished else ""
        row.note("retry", state=row.state, reason=row.error or row.message, ended=ended)
        won = swap(
            job.pk, {"state": row.state}, state=State.QUEUED, faults=0, error="", traceback="", message="",
            cancel_requested=False, finished=None, rings=0, rung=Now(), history=row.history, **UNLEASED,
        )  # fmt: skip
        kind = KINDS.get(row.kind)
        for hook in kind.on_reopen if kind and won else []:
            hook(row)
        transaction.on_commit(lambda: ring(row), robust=True)
    return won
