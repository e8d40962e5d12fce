"""Through: a worker answers a ring. Claim the row, run its function, and settle what came of it."""

import logging
import mmap
import os
import signal
import sys
import threading
import traceback
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

from billiard.exceptions import WorkerLostError
from celery import bootsteps, signals
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError

from task.jobs.engine import guards, lease, maintenance
from task.jobs.engine.broker import ring
from task.jobs.engine.claim import claim, runner
from task.jobs.engine.clock import Now
from task.jobs.engine.connections import drop_broken_connections
from task.jobs.engine.errors import HandOver, LeaseLost, Refused, Temporary, backoff
from task.jobs.engine.registry import KINDS
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import end
from task.jobs.models import Job, State

log = logging.getLogger("desk.worker")

MAX_FAULTS = 5
STOP_SECONDS = 8  # how long a stop waits for the step that is open
_stopping = mmap.mmap(-1, 1)  # one byte that the main process and its pool share


def perform(job_id: UUID | str, *, keep_lease: bool = False) -> str | None:
    """Answer a ring: run the job's next turn and return the state it is in then; None when it was not to be had."""
    drop_broken_connections()
    try:
        job = claim(job_id)
    except (OperationalError, InterfaceError) as fault:
        log.warning("Job %s could not be claimed, the sweep will ring again: %s", job_id, fault)
        return None
    if job is None:
        return None
    run = Run(job, stopping=lambda: _stopping[0] != 0)
    try:
        with lease.kept(run) if keep_lease else nullcontext():
            _attempt(run)
    except (OperationalError, InterfaceError) as fault:
        log.warning("Job %s could not be settled, its lease will run out: %s", job_id, fault)
        return None
    return job.state


def _attempt(run: Run) -> None:
    job, kind = run.job, KINDS[run.job.kind]
    if job.faults > MAX_FAULTS:
        _fail(run, _given_up(job.message) if job.message else "The worker stopped five times at the same place.")
        return
    try:
        with guards.watch():
            message = kind.function(run, **job.arguments)
        if not run.finished:
            run.finish_with(message or "")
    except HandOver:
        if run.hand_over():
            job.state = State.QUEUED
            ring(job)
        else:
            _cancel_if_asked(job)
    except LeaseLost:
        _cancel_if_asked(job)
    except Temporary as fault:
        _postpone(run, fault)
    except (OperationalError, InterfaceError):
        log.warning("The database failed job %s", job.pk, exc_info=True)
        drop_broken_connections()
        _postpone(run, Temporary("The database could not be reached."))
    except BrokerError:
        _postpone(run, Temporary("The broker could not be reached."))
    except Refused as fault:
        _fail(run, str(fault))
    except Exception:
        log.exception("Job %s (%s) failed", job.pk, job.kind)
        _fail(
            run,
            "This job met a mistake in the program. The staff can see what it was.",
            traceback.format_exc(),
        )


def _postpone(run: Run, fault: Temporary) -> None:
    job = run.job
    if fault.counts and job.faults >= MAX_FAULTS:
        _fail(run, _given_up(str(fault)))
        return
    after = fault.after if fault.after is not None else backoff(job.faults)
    job.note("fault" if fault.counts else "pause", reason=str(fault), after=round(after, 1))
    faults = job.faults if fault.counts else max(0, job.faults - 1)
    later = Now() + timedelta(seconds=after)
    if run.hand_over(run_after=later, faults=faults, history=job.history, message=str(fault)):
        job.state = State.QUEUED
    else:
        _cancel_if_asked(job)


def _given_up(reason: str) -> str:
    return f"{reason} We tried five times. Please try again later."


def _fail(run: Run, error: str, trace: str = "") -> None:
    if not end(run.job, State.FAILED, run.fence, error=error, traceback=trace[-20_000:]):
        _cancel_if_asked(run.job)


def _cancel_if_asked(job: Job) -> None:
    asked = {"claims": job.claims, "state": State.RUNNING, "cancel_requested": True}
    end(job, State.CANCELLED, asked, message=f"Cancelled after {job.done:,}." if job.done else "Cancelled.")


# The worker's processes


class SweepStep(bootsteps.StartStopStep):
    """Starts with each connection to the broker: then all that waits is rung, since rings may be lost."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def start(self, parent: Any) -> None:
        maintenance.start(runner())


@signals.celeryd_init.connect
def _add_sweep(instance: Any, **_: Any) -> None:
    instance.app.steps["consumer"].add(SweepStep)


@signals.worker_process_init.connect
def _die_with_parent(**_: Any) -> None:
    """A pool process ends when the worker's main process dies in any way, SIGKILL too (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@signals.task_failure.connect
def _notice_a_dead_process(task_id: str, exception: BaseException, **_: Any) -> None:
    """The main process sees at once that a process of its pool died: its job need not wait until its lease runs out."""
    if isinstance(exception, WorkerLostError):
        maintenance.orphaned(task_id)


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """Each job hands over at its next step; what does not within 8 s is killed, and its lease sees to the rest."""
    _stopping[0] = 1
    maintenance.stop()
    threading.Thread(target=_end_soon, daemon=True).start()


def _end_soon() -> None:
    from billiard.process import active_children

    threading.Event().wait(STOP_SECONDS)
    for child in active_children():
        os.kill(child.pid, signal.SIGKILL)
    os._exit(0)
