"""What the buttons of a job do, and the sentence that says what came of it: for the pages and the API."""

from typing import NamedTuple

from task.jobs.engine import transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import update_if
from task.jobs.engine.errors import Fail
from task.jobs.models import Job, State


class Outcome(NamedTuple):
    done: bool
    words: str
    refused: bool = False  # its kind says that it can't


def cancel(job: Job) -> Outcome:
    if not transitions.cancel(job):
        return Outcome(False, "It ended before you cancelled it.")
    if job.is_active:  # a worker has it, perhaps since a moment ago
        return Outcome(True, "Cancelling this job.")
    if job.state != State.CANCELLED:
        return Outcome(True, "Its waiting follow-up jobs are cancelled.")
    return Outcome(True, "Job cancelled.")


def retry(job: Job) -> Outcome:
    try:
        sent = transitions.retry(job)
    except Fail as reason:  # a hook of its kind: it can't work any more
        return Outcome(False, str(reason), refused=True)
    if sent:
        return Outcome(True, "Retrying this job.")
    return Outcome(False, "There is nothing to retry: this job is waiting, running or done.")


def dismiss(job: Job) -> None:
    """Somebody has seen that a job failed: it stays failed, and asks for nobody any more."""
    if job.dismissed_at is None:
        update_if(job.pk, {"state": State.FAILED, "claims": job.claims}, dismissed_at=Now())
