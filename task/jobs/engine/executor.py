"""Through: a worker answers a notification. Claim the row, run its function, and settle what came of it."""

import logging
import mmap
import traceback
from contextlib import nullcontext
from uuid import UUID

from django.db import connection
from kombu.exceptions import OperationalError as BrokerError

from task.jobs.conf import conf
from task.jobs.engine import guards, lease, transitions
from task.jobs.engine.broker import notify
from task.jobs.engine.errors import Fail, LeaseLost, Misuse, RetryLater, YieldTurn, backoff
from task.jobs.engine.registry import KINDS
from task.jobs.engine.run import Run
from task.jobs.models import Job
from task.kit import traces
from task.kit.connections import drop_broken_connections, is_unavailable

log = logging.getLogger("desk.worker")
_stopping = mmap.mmap(-1, 1)  # one byte that a worker's main process and its pool share


def stop_soon() -> None:
    """Each job of this worker yields its turn at its next step."""
    _stopping[0] = 1


def execute(job_id: UUID | str, *, keep_lease: bool = False) -> str | None:
    """Run the job's next turn and return the state it is in then; None when it was not to be had."""
    with traces.of_job(str(job_id)):
        return _execute(job_id, keep_lease)


def _execute(job_id: UUID | str, keep_lease: bool) -> str | None:
    try:
        job = _claim(job_id)
    except Exception as fault:
        if not is_unavailable(fault):
            raise
        log.warning("Job %s could not be claimed and is notified again: %s", job_id, fault)
        return None
    if job is None:
        return None
    traces.request_id.set(job.request_id or "")
    run = Run(job, stopping=lambda: _stopping[0] != 0)
    try:
        with lease.renewed(run) if keep_lease else nullcontext():
            _attempt(run)
    except Exception as fault:
        if not is_unavailable(fault):
            raise
        log.warning("Job %s could not be settled, its lease will run out: %s", job_id, fault)
        return None
    return job.state


def _claim(job_id: UUID | str) -> Job | None:
    """The claim itself tells whether the connection still works: a health check before it is a round trip more."""
    drop_broken_connections()
    connection.health_check_done = True  # type: ignore[attr-defined]  # of Django, but not in its stubs
    try:
        return transitions.claim(job_id)
    except Exception as fault:
        dead = connection.connection is not None and not connection.in_atomic_block and is_unavailable(fault)
        if not dead or connection.is_usable():
            raise
        log.info("The connection to the database was broken; job %s is claimed on a new one", job_id)
        connection.close()
        return transitions.claim(job_id)


def _attempt(run: Run) -> None:
    job, kind = run.job, KINDS[run.job.kind]
    if job.faults > conf.MAX_FAULTS:
        stopped = f"The worker stopped {_times()} at the same place."
        _fail(run, _given_up(job.message) if _message_is_of_a_fault(job) else stopped)
        return
    try:
        with guards.refuse_writes():
            message = kind.function(run, **job.arguments)
        if message is not None and not isinstance(message, str):
            raise Misuse(
                f"{job.kind} returned something of type {type(message).__name__}: what a job returns is its last "
                "sentence, and results are rows of its own."
            )
        if not run.finished:
            run.finish_with(message or "")
    except YieldTurn:
        if transitions.yield_turn(job):
            notify(job.kind, job.pk)
        else:
            transitions.end_cancelled(job)
    except LeaseLost:
        transitions.end_cancelled(job)
    except RetryLater as fault:
        _postpone(run, fault)
    except BrokerError:
        _postpone(run, RetryLater("The broker could not be reached."))
    except Fail as fault:
        _fail(run, str(fault))
    except Exception as fault:
        if is_unavailable(fault):
            log.warning("The database failed job %s", job.pk, exc_info=True)
            drop_broken_connections()
            _postpone(run, RetryLater("The database could not be reached."), traceback.format_exc())
            return
        log.exception("Job %s (%s) hit an error in the program", job.pk, job.kind)
        _fail(
            run,
            "This job hit an error in the program. Staff can see the details on its page.",
            traceback.format_exc(),
        )


def _postpone(run: Run, fault: RetryLater, trace: str = "") -> None:
    job = run.job
    if fault.counts and job.faults >= conf.MAX_FAULTS:
        _fail(run, _given_up(str(fault)), trace)
        return
    after = fault.after if fault.after is not None else backoff(job.faults)
    if not transitions.postpone(job, str(fault), after, counts=fault.counts):
        transitions.end_cancelled(job)


def _given_up(reason: str) -> str:
    return f"{reason} We tried {_times()}. Please try again later."


def _message_is_of_a_fault(job: Job) -> bool:
    """Whether what it said last was why it failed, and not why it paused."""
    events = [entry.get("what") for entry in job.history if entry.get("what") in ("fault", "pause")]
    return bool(job.message) and events[-1:] == ["fault"]


def _times() -> str:
    return "five times" if conf.MAX_FAULTS == 5 else f"{conf.MAX_FAULTS:,} times"


def _fail(run: Run, error: str, trace: str = "") -> None:
    if transitions.fail(run.job, error, trace):
        log.warning("Job %s (%s) failed: %s", run.job.pk, run.job.kind, error)
    else:
        transitions.end_cancelled(run.job)
