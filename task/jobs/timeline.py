"""What happened to a job, in sentences."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from task.jobs.clock import Now
from task.jobs.models import Job, State

Event = dict[str, Any]  # when (datetime or None for now), sign, sentence, detail


def timeline(job: Job, reader: Any) -> list[Event]:
    """The events of a job in order: asked, started, the unusual, and where it is now or how it ended."""
    return list(_events(job, reader))


def _event(when: Any, sign: str, sentence: str, detail: str = "") -> Event:
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    return {"when": moment, "sign": sign, "sentence": sentence, "detail": detail}


def _events(job: Job, reader: Any) -> Iterator[Event]:
    if job.owner_id is None:
        asked = "The desk asked for it"
    else:
        asked = "You asked for it" if job.owner_id == reader.pk else f"{job.owner} asked for it"
    yield _event(job.created, "done", asked, f"after “{job.parent}”" if job.parent else "")
    if job.started and job.wait is not None:
        yield _event(job.started, "done", f"Started, {_short(job.wait.total_seconds())} later")
    before: dict[str, Any] = {}
    for entry in job.history:
        yield _unusual(entry, before, reader)
        before = entry
    made = f"{job.done:,} {_done_word(job)}"
    if job.cancel_requested:
        yield _event(None, "now", "You asked it to stop", "It stops at its next step.")
    elif job.state == State.QUEUED:
        yield _event(None, "waiting", job.message or "Waits for a worker", _goes_on(job, before))
    elif job.state == State.RUNNING:
        yield _event(None, "now", made if job.done else "At work", place(job.runner))
    elif job.state == State.SUCCEEDED and job.workers_lost and job.done:
        yield _event(job.finished, job.state, f"{made}, none twice.", job.message)
    else:
        words = {State.SUCCEEDED: "Done", State.FAILED: "It failed", State.CANCELLED: "Cancelled"}[State(job.state)]
        yield _event(job.finished, job.state, job.error or job.message or words, "")


def _unusual(entry: dict[str, Any], before: dict[str, Any], reader: Any) -> Event:
    when, at, runner = entry.get("when"), f"{entry.get('done', 0):,}", place(entry.get("runner", ""))
    match entry.get("what"):
        case "plug":
            who = "You" if entry.get("by") == str(reader.pk) else entry.get("who") or "Somebody"
            return _event(when, "done", f"{who} pulled the plug", f"SIGKILL to {runner}")
        case "worker lost":
            noticed = ""
            if before.get("what") == "plug" and when:
                since = datetime.fromisoformat(when) - datetime.fromisoformat(before["when"])
                noticed = f"Noticed {_short(since.total_seconds())} later. "
            where = (
                f"at {at}. It goes on by itself at {at}."
                if entry.get("done")
                else "at the start. It goes on by itself."
            )
            return _event(when, "lost", f"Worker lost {where}", f"{noticed}None lost, none made twice.")
        case "taken over":
            return _event(when, "done", f"Taken over at {at}", runner)
        case "fault":
            reason, after = str(entry.get("reason", "")), entry.get("after", 0)
            return _event(when, "fault", reason, f"Tried again {after:g} s later.")
        case "retry":
            return _event(when, "retry", f"Sent again at {at}", str(entry.get("reason", "")))
        case what:
            return _event(when, "done", str(what), "")


def _goes_on(job: Job, last: dict[str, Any]) -> str:
    if job.run_after:
        return f"It starts again by itself at {job.run_after:%H:%M:%S} UTC."
    return f"It goes on by itself at {job.done:,}." if job.done and last else "It starts by itself."


def _done_word(job: Job) -> str:
    """The tally's own word for what `done` counts: "made"; else "done"."""
    name = next((name for name, count in job.tally.items() if count == job.done), "done")
    return name.replace("_", " ")


def place(runner: str) -> str:
    """ "desk-1:4127" in words."""
    host, _, pid = runner.rpartition(":")
    return f"worker {host}, process {pid}" if host else runner


def _short(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def speed(job: Job) -> str:
    """“940 a second, about 40 s to go” for a running job whose total is known; "" when nothing can be said."""
    if job.state != State.RUNNING or not job.started or not job.done:
        return ""
    now: Any = Job.objects.filter(pk=job.pk).annotate(now=Now()).values_list("now", flat=True).get()
    rate = job.done / max((now - job.started).total_seconds(), 0.001)
    words = f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.0f} a minute"
    if job.total and rate > 0:
        words += f", about {_short(max(1.0, (job.total - job.done) / rate))} to go"
    return words
