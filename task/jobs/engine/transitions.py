"""All arrows between the states of a job. Nothing else writes `state`.

    from                     to           by
    —                        QUEUED       enqueue.enqueue   a form, `.delay()`, a schedule
    QUEUED                   RUNNING      claim             a worker was notified, and its time has come
    RUNNING, lease ran out   RUNNING      claim             another worker takes it over
    RUNNING                  QUEUED       yield_turn        others wait, or the worker stops
    RUNNING                  QUEUED       postpone          RetryLater, Snooze: not before `run_after`
    RUNNING, lease ran out   QUEUED       rescue            its worker is lost
    RUNNING                  SUCCEEDED    succeed           the function returned
    RUNNING                  FAILED       fail              Fail, a mistake in the program, too many faults
    QUEUED                   CANCELLED    cancel            by a person, at once
    RUNNING, was cancelled   CANCELLED    end_cancelled     seen at the next step, or when its worker is lost
    FAILED, CANCELLED        QUEUED       retry             by a person
    QUEUED, RUNNING          FAILED, …    end_restored      a backup was restored: nobody works on it any more

Each is a compare-and-swap on the job's own row; the row count says who won. `claims` is the fencing token: it only
grows, and what a worker commits names the one it got, so a worker that was stopped past its lease commits nothing.
"""

import logging
import os
import socket
import traceback
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from task.jobs.conf import conf
from task.jobs.engine import guards, results
from task.jobs.engine.broker import notify
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import update_and_ask, update_if, update_returning
from task.jobs.engine.errors import Fail
from task.jobs.engine.registry import KINDS, EndHook, counted, end_hooks, retry_hooks
from task.jobs.models import DUE, Job, State, storable
from task.kit.connections import is_unavailable

log = logging.getLogger("desk.jobs")
UNLEASED: dict[str, Any] = {"lease_until": None, "run_after": None}
NOW = Now()  # one object, so that `compare_and_swap` knows its statements again


def fence(job: Job) -> dict[str, Any]:
    """The columns that hold only while the row is ours and wanted."""
    return {"claims": job.claims, "state": State.RUNNING, "cancel_requested": False}


def lease_end() -> Any:
    """When a lease that begins or is renewed now runs out, by the database's clock."""
    return _in(conf.LEASE_SECONDS)


@lru_cache(maxsize=8)
def _in(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


# A worker begins


def runner() -> str:
    """Who this process is, for people: host and pid."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claim(job_id: UUID | str) -> Job | None:
    """Make the job ours, if it waits and its time has come, or its lease ran out. None: not to be had.

    One UPDATE … RETURNING: every notification begins with this one round trip.
    """
    waiting, lapsed = _claimable(tuple(KINDS))
    ours = {**_CLAIMED, "lease_until": lease_end()}
    with guards.allow_writes():
        job = update_returning(job_id, waiting, state=State.RUNNING, runner=runner(), **ours)
        if job is None:
            with transaction.atomic():
                job = update_returning(job_id, lapsed, state=State.RUNNING, runner=runner(), **ours)
                if job is not None:
                    _note(job, "worker lost")
        if job is not None and job.history and job.history[-1]["what"] == "worker lost":
            _note(job, "taken over", runner=job.runner)
        return job


_CLAIMED: dict[str, Any] = {
    "claims": F("claims") + 1, "faults": F("faults") + 1, "run_after": None,
    "started": Coalesce("started", NOW), "attempted_at": Coalesce("attempted_at", NOW),
}  # fmt: skip


@lru_cache(maxsize=8)
def _claimable(kinds: tuple[str, ...]) -> tuple[Q, Q]:
    """What waits, and whose lease ran out."""
    ours = Q(kind__in=kinds, cancel_requested=False)
    return (
        ours & DUE,
        ours & Q(state=State.RUNNING, lease_until__lt=NOW),
    )


def _note(job: Job, what: str, **facts: str) -> None:
    job.note(what, **facts)
    update_if(job.pk, {"claims": job.claims}, history=job.history)


# It goes back to the queue


def yield_turn(job: Job) -> bool:
    """The others' turn. The caller notifies. False: the row is not ours any more."""
    return _requeue(job, fence(job))


def postpone(job: Job, reason: str, after: float, *, counts: bool) -> bool:
    """Not before so many seconds. `counts`: as a fault. False: the row is not ours any more."""
    job.note("fault" if counts else "pause", reason=reason, after=round(after, 1))
    faults = job.faults if counts else max(0, job.faults - 1)
    later = Now() + timedelta(seconds=after)
    return _requeue(job, fence(job), run_after=later, faults=faults, history=job.history, message=reason)


def rescue(job: Job, *, lapsed: bool = True) -> bool:
    """Its worker is lost: the others may have it, or it ends if that was wanted. True: it waits for a worker again.

    `lapsed`: only if its lease ran out; else whoever has it, for a start that knows that no worker lives.
    """
    ours: dict[str, Any] = {"claims": job.claims, "state": State.RUNNING}
    if lapsed:
        ours["lease_until__lt"] = NOW
    if job.cancel_requested:
        end_cancelled(job, ours)
        return False
    job.note("worker lost", runner=job.runner)
    return _requeue(job, {"cancel_requested": False, **ours}, history=job.history)


def _requeue(job: Job, guard: dict[str, Any], **columns: Any) -> bool:
    columns = {**UNLEASED, "notified_at": NOW, "notifications": 0, **columns}
    with guards.allow_writes():
        won = update_if(job.pk, guard, state=State.QUEUED, **columns)
    if won:
        job.state = State.QUEUED
    return won


# It ends


def succeed(job: Job, message: str, tally: dict[str, int], *, exhausted: bool = False) -> bool:
    """False: the row is not ours any more. `exhausted`: its loop came to its end, so all of its total is done."""
    whole = dict.fromkeys(("done", "total"), max(job.done, job.total)) if exhausted and job.total is not None else {}
    return end(job, State.SUCCEEDED, fence(job), message=message, tally=tally, faults=0, **whole)


def fail(job: Job, error: str, trace: str = "") -> bool:
    return end(job, State.FAILED, fence(job), error=error, traceback=trace[-20_000:])


def end_cancelled(job: Job, guard: dict[str, Any] | None = None) -> bool:
    """End a running job that its owner cancelled; nothing happens to one that nobody did."""
    guard = guard or {"claims": job.claims, "state": State.RUNNING}
    message = f"Cancelled after {counted(job.kind, job.done)}." if job.done else "Cancelled."
    return end(job, State.CANCELLED, {**guard, "cancel_requested": True}, message=message)


def end(job: Job, state: State, guard: dict[str, Any], **columns: Any) -> bool:
    """End a job if its row still answers to `guard`, and run the end hooks in the same transaction.

    A hook that fails makes a success a failure, and nothing else: a job whose hook is wrong must end all the same.
    """
    record = [EndHook(results.record)] if results.are_beside_jobs() else []
    for hooks in ([*end_hooks(job.kind), *record], record):
        try:
            return _end(job, state, guard, hooks, columns)
        except Exception as fault:
            if state == State.SUCCEEDED or is_unavailable(fault):
                raise
            log.exception("An end hook of job %s failed; the job ends without it", job.pk)
            columns["traceback"] = (columns.get("traceback", "") + traceback.format_exc())[-20_000:]
    return _end(job, state, guard, [], columns)


def _end(job: Job, state: State, guard: dict[str, Any], hooks: list[EndHook], columns: dict[str, Any]) -> bool:
    before = {name: getattr(job, name) for name in ("state", *columns)}
    # One statement needs no transaction around it, in which others would wait for SQLite's write lock. A success whose
    # hook fails is rolled back whole by the caller; any other end needs a savepoint where a transaction is open.
    whole = transaction.atomic(savepoint=state != State.SUCCEEDED) if hooks else nullcontext()
    with whole, guards.allow_writes(guards.Place(job, "end")):
        asked = [hook.where for hook in hooks if hook.where is not None]
        ending = {"state": state, "finished": NOW, "cancel_requested": False, **UNLEASED, **columns}
        if (answers := update_and_ask(job.pk, guard, asked, **ending)) is None:
            return False
        job.state = state
        for name, value in columns.items():
            if name != "faults":  # it is counted on from here when the commit fails
                setattr(job, name, storable(value))  # as the row has it: hooks write it into rows of their own
        try:
            for hook in hooks:
                if hook.where is None or answers.pop(0):
                    hook.function(job)
        except BaseException:
            for name, value in before.items():
                setattr(job, name, value)
            raise
    return True


# What people do


def cancel(job: Job) -> bool:
    """A person does not want it any more, nor what was to follow it. False: there was nothing left to cancel.

    Waiting: cancelled at once. Running: seen at its next step. Never Celery's `revoke`: workers remember the id for
    three hours and would drop its retry.
    """
    done = ended = False
    for _ in range(5):  # in between it may have changed from the one state to the other
        waiting = list(job.children.queued())  # and not what its end hook asks for because it was cancelled
        ended = end(job, State.CANCELLED, {"state": State.QUEUED}, message="Cancelled before it continued.")
        done = ended or update_if(job.pk, {"state": State.RUNNING}, cancel_requested=True)
        if done or not Job.objects.filter(pk=job.pk).active().exists():
            break
    for child in waiting if ended else job.children.queued():
        done = cancel(child) or done
    return done


def retry(job: Job) -> bool:
    """A person wants it once more: it goes on after its last committed step. False: it has not ended badly.

    Raises Fail when it can't work any more: its kind is gone, or a hook of its kind says so.
    """
    with transaction.atomic():
        ended_badly = Job.objects.filter(pk=job.pk).ended_badly()
        row = ended_badly.select_for_update(no_key=True).first()
        if row is None:
            return False
        if row.kind not in KINDS:
            raise Fail("This kind of job no longer exists, so it can't be run again. What it did is kept.")
        finished = row.finished.isoformat() if row.finished else ""
        row.note("retry", state=row.state, reason=row.error or row.message, ended=finished)
        won = update_if(
            job.pk, {"state": row.state}, state=State.QUEUED, faults=0, error="", traceback="", message="",
            cancel_requested=False, finished=None, attempted_at=None, dismissed_at=None, notifications=0,
            notified_at=NOW, history=row.history, **UNLEASED,
        )  # fmt: skip
        if won:
            for hook in retry_hooks(row.kind):
                hook(row)
        transaction.on_commit(lambda: notify(row.kind, row.pk), robust=True)
    return won


def end_restored(job: Job, state: State = State.FAILED, *, hooks: bool = True, **columns: str) -> None:
    """End a job of a database that was restored: as a worker would, but notify nobody of what its hooks enqueue."""
    guard = {"state": job.state}
    if hooks:
        with suppress(Exception), transaction.atomic():
            end(job, state, guard, **columns)
            connection.run_on_commit.clear()
            return
    # A hook that fails must not keep a job alive.
    update_if(job.pk, guard, state=state, finished=NOW, cancel_requested=False, **UNLEASED, **columns)
