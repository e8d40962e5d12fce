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
    for entry in job.history:
        yield _unusual(entry)
    if job.cancel_requested:
        yield _event(None, "now", "You asked it to stop", "It stops at its next step.")
    elif job.state == State.QUEUED:
        wait = (
            f"It starts again by itself at {job.run_after:%H:%M:%S} UTC." if job.run_after else "It starts by itself."
        )
        yield _event(None, "waiting", job.message or "Waits for a worker", wait)
    elif job.state == State.RUNNING:
        yield _event(None, "now", f"{job.done:,} done" if job.done else "At work", f"on {job.runner}")
    else:
        words = {State.SUCCEEDED: "Done", State.FAILED: "It failed", State.CANCELLED: "Cancelled"}[State(job.state)]
        yield _event(job.finished, job.state, job.error or job.message or words, "")


def _unusual(entry: dict[str, Any]) -> Event:
    when, at = entry.get("when"), f"{entry.get('done', 0):,}"
    match entry.get("what"):
        case "worker lost":
            detail = "None lost, none made twice: its last committed step stands."
            return _event(when, "lost", f"Worker lost at {at}. Goes on by itself.", detail)
        case "fault":
            return _event(
                when, "fault", str(entry.get("reason", "")), f"Tried again {entry.get('after', 0):g} s later."
            )
        case "retry":
            return _event(when, "retry", f"Sent again at {at}", str(entry.get("reason", "")))
        case what:
            return _event(when, "done", str(what), "")


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
