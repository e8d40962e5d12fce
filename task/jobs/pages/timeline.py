"""What happened to a job, in sentences."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from task.jobs.engine.registry import counted
from task.jobs.models import Job, State
from task.jobs.pages.status import AT_WORK, STOPPING, WAITS, JobStatus, continues_at, status_of
from task.kit.spans import span

Event = dict[str, Any]  # when (datetime, None for now, "" for unknown), sign, sentence, detail


def timeline(job: Job, reader: Any) -> list[Event]:
    """The events of a job in order: asked, started, the unusual, and where it is now or how it ended."""
    return list(_events(job, reader))


def _event(when: Any, sign: str, sentence: str, detail: str = "") -> Event:
    moment = datetime.fromisoformat(when) if when and isinstance(when, str) else when
    return {"when": moment, "sign": sign, "sentence": sentence, "detail": detail}


def _events(job: Job, reader: Any) -> Iterator[Event]:
    if job.owner_id is None:
        sentence = "Requested automatically"
    else:
        sentence = f"Requested by {'you' if job.owner_id == reader.pk else job.owner}"
    yield _event(job.created, "done", sentence, f"follow-up of “{job.parent}”" if job.parent else "")
    if job.started and job.wait is not None:
        yield _event(job.started, "done", f"Started {span(job.wait)} later")
    history = job.history
    for before, entry, after in zip([{}, *history], history, [*history[1:], {}], strict=False):
        if entry.get("what") == "retry":
            yield _end_before(entry)
        yield _unusual(entry, before, after, job, reader)
    made, status = f"{counted(job.kind, job.done)} {_done_word(job)}", status_of(job)
    if status.is_stopping:
        yield _event(None, "now", STOPPING, status.detail)
    elif status.state == State.QUEUED:
        yield _waiting(job, status, history[-1] if history else {})
    elif status.state == State.RUNNING:
        yield _event(None, "now", made if job.done else AT_WORK, runner_in_words(job.runner))
    elif status.state == State.SUCCEEDED and status.workers_lost and status.done:
        yield _event(job.finished, job.state, f"{made}, none of them twice.", job.message)
    else:
        words = {State.SUCCEEDED: "Done", State.FAILED: "Failed", State.CANCELLED: "Cancelled"}[status.state]
        yield _event(job.finished, job.state, status.words or words, "")
    if job.dismissed_at:
        yield _event(job.dismissed_at, "done", "Dismissed")


def _unusual(entry: dict[str, Any], before: dict[str, Any], after: dict[str, Any], job: Job, reader: Any) -> Event:
    when, runner = entry.get("when"), runner_in_words(entry.get("runner", ""))
    at = counted(job.kind, entry.get("done", 0))
    match entry.get("what"):
        case "plug":
            who = "You" if entry.get("by") == str(reader.pk) else entry.get("who") or "Somebody"
            return _event(when, "done", f"{who} pulled the plug", f"SIGKILL to {runner}")
        case "worker lost":
            noticed = ""
            if before.get("what") == "plug" and when:
                since = datetime.fromisoformat(when) - datetime.fromisoformat(before["when"])
                noticed = f"Noticed {span(since)} later. "
            where = f"at {at}" if entry.get("done") else "at the start"
            return _event(when, "lost", f"Worker lost {where}", f"{noticed}Nothing was lost or done twice.")
        case "taken over":
            return _event(when, "done", f"Taken over at {at}", runner)
        case "fault":
            again = "Tried again." if _was_tried_again(job, after) else ""
            return _event(when, "fault", str(entry.get("reason", "")), again)
        case "pause":
            waited = "Tried again." if _was_tried_again(job, after) else ""
            return _event(when, "waiting", str(entry.get("reason", "")), waited)
        case "retry":
            return _event(when, "retry", f"Retried from {at}" if entry.get("done") else "Retried")
        case what:
            return _event(when, "done", str(what), "")


def _was_tried_again(job: Job, after: dict[str, Any]) -> bool:
    """Whether the try that a fault announced came: a job may wait for it still, or was cancelled before it."""
    if after:
        return not (after.get("what") == "retry" and after.get("state") == State.CANCELLED)
    return job.state not in (State.QUEUED, State.CANCELLED)


def _end_before(entry: dict[str, Any]) -> Event:
    """How a job ended that was sent again then."""
    state, reason = entry.get("state"), str(entry.get("reason", ""))
    words = "Cancelled" if state == State.CANCELLED else "Failed"
    return _event(entry.get("ended") or "", str(state or State.FAILED), reason or words)


def _waiting(job: Job, status: JobStatus, last: dict[str, Any]) -> Event:
    if status.next_try and last.get("what") in ("fault", "pause") and last.get("reason") == status.message:
        where = continues_at(job) if status.done else ""
        return _event(None, "waiting", status.next_words, where)
    is_said_above = not (status.is_put_off or status.total or status.done)
    detail = "" if is_said_above else status.next_words or status.detail
    return _event(None, "waiting", status.message or WAITS, detail)


def _done_word(job: Job) -> str:
    """The tally's own word for what `done` counts: "made"; else "done"."""
    name = next((name for name, count in job.tally.items() if count == job.done), "done")
    return name.replace("_", " ")


def runner_in_words(runner: str) -> str:
    """ "desk-1:4127" in words."""
    host, _, pid = runner.rpartition(":")
    return f"worker {host}, process {pid}" if host else runner
