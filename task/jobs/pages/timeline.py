"""What happened to a job, in sentences."""

from collections.abc import Iterator
from datetime import datetime
from math import ceil
from typing import Any

from django.utils import timezone

from task.jobs.conf import conf
from task.jobs.models import Job, State
from task.kit.spans import span

Event = dict[str, Any]  # when (datetime, None for now, "" for unknown), sign, sentence, detail

# Each step, and the lease's keeper every 10 s, set the lease anew: how much of it is gone says how long a worker is
# quiet.
FRESH_SECONDS, QUIET_SECONDS = 5, 15
STOPPING = "It stops at its next step."


def timeline(job: Job, reader: Any) -> list[Event]:
    """The events of a job in order: asked, started, the unusual, and where it is now or how it ended."""
    return list(_events(job, reader))


def _event(when: Any, sign: str, sentence: str, detail: str = "") -> Event:
    moment = datetime.fromisoformat(when) if when and isinstance(when, str) else when
    return {"when": moment, "sign": sign, "sentence": sentence, "detail": detail}


def _events(job: Job, reader: Any) -> Iterator[Event]:
    if job.owner_id is None:
        sentence = "The desk asked for it"
    else:
        sentence = "You asked for it" if job.owner_id == reader.pk else f"{job.owner} asked for it"
    yield _event(job.created, "done", sentence, f"after “{job.parent}”" if job.parent else "")
    if job.started and job.wait is not None:
        yield _event(job.started, "done", f"Started, {span(job.wait)} later")
    history = job.history
    for before, entry, after in zip([{}, *history], history, [*history[1:], {}], strict=False):
        if entry.get("what") == "retry":
            yield _end_before(entry)
        yield _unusual(entry, before, after, job, reader)
    last = history[-1] if history else {}
    made = f"{job.done:,} {_done_word(job)}"
    if job.cancel_requested:
        yield _event(None, "now", "You asked it to stop", STOPPING)
    elif job.state == State.QUEUED:
        yield _waiting(job, last)
    elif job.state == State.RUNNING:
        yield _event(None, "now", made if job.done else "At work", runner_in_words(job.runner))
    elif job.state == State.SUCCEEDED and job.workers_lost and job.done:
        yield _event(job.finished, job.state, f"{made}, none twice.", job.message)
    else:
        words = {State.SUCCEEDED: "Done", State.FAILED: "It failed", State.CANCELLED: "Cancelled"}[State(job.state)]
        yield _event(job.finished, job.state, job.error or job.message or words, "")
    if job.dismissed_at:
        yield _event(job.dismissed_at, "done", "Dismissed")


def _unusual(entry: dict[str, Any], before: dict[str, Any], after: dict[str, Any], job: Job, reader: Any) -> Event:
    when, at, runner = entry.get("when"), f"{entry.get('done', 0):,}", runner_in_words(entry.get("runner", ""))
    match entry.get("what"):
        case "plug":
            who = "You" if entry.get("by") == str(reader.pk) else entry.get("who") or "Somebody"
            return _event(when, "done", f"{who} pulled the plug", f"SIGKILL to {runner}")
        case "worker lost":
            noticed = ""
            if before.get("what") == "plug" and when:
                since = datetime.fromisoformat(when) - datetime.fromisoformat(before["when"])
                noticed = f"Noticed {span(since)} later. "
            where = (
                f"at {at}. It goes on by itself at {at}."
                if entry.get("done")
                else "at the start. It goes on by itself."
            )
            return _event(when, "lost", f"Worker lost {where}", f"{noticed}None lost, none made twice.")
        case "taken over":
            return _event(when, "done", f"Taken over at {at}", runner)
        case "fault":
            again = f"Tried again {span(entry.get('after', 0))} later." if _was_tried_again(job, after) else ""
            return _event(when, "fault", str(entry.get("reason", "")), again)
        case "pause":
            waited = f"Waited for {span(entry.get('after', 0))}." if _was_tried_again(job, after) else ""
            return _event(when, "waiting", str(entry.get("reason", "")), waited)
        case "retry":
            return _event(when, "retry", f"Sent again at {at}" if entry.get("done") else "Sent again")
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
    words = "Cancelled" if state == State.CANCELLED else "It failed"
    return _event(entry.get("ended") or "", str(state or State.FAILED), reason or words)


def _waiting(job: Job, last: dict[str, Any]) -> Event:
    goes_on = _goes_on(job, last)
    if job.run_after and last.get("what") in ("fault", "pause") and last.get("reason") == job.message:
        return _event(None, "waiting", goes_on, f"It goes on at {job.done:,}." if job.done else "")
    return _event(None, "waiting", job.message or "Waits for a worker", goes_on)


def _goes_on(job: Job, last: dict[str, Any]) -> str:
    if job.run_after:
        return f"Next try at {timezone.localtime(job.run_after):%H:%M:%S}."
    return f"It goes on by itself at {job.done:,}." if job.done and last else "It starts by itself."


def _done_word(job: Job) -> str:
    """The tally's own word for what `done` counts: "made"; else "done"."""
    name = next((name for name, count in job.tally.items() if count == job.done), "done")
    return name.replace("_", " ")


def runner_in_words(runner: str) -> str:
    """ "desk-1:4127" in words."""
    host, _, pid = runner.rpartition(":")
    return f"worker {host}, process {pid}" if host else runner


def speed(job: Job) -> str:
    """“940 a second, about 40 s to go” for a job that gets on, else what holds it; "" when nothing can be said."""
    if job.state != State.RUNNING or not job.began or not job.lease_until:
        return ""
    if job.cancel_requested:
        return STOPPING
    now = Job.objects.filter(pk=job.pk).now()
    left = (job.lease_until - now).total_seconds()
    if left < QUIET_SECONDS:
        within = max(0, ceil(left)) + conf.MAINTENANCE_SECONDS
        return f"The worker is quiet. If it stays so, another one goes on within {within:.0f} s."
    done = job.done - job.done_before if job.done_before is not None else 0  # of this attempt
    if done <= 0 or left < conf.LEASE_SECONDS - FRESH_SECONDS:
        return ""
    rate = done / max((now - job.began).total_seconds(), 0.001)
    words = f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.0f} a minute"
    if job.total and rate > 0:
        words += f", about {span(max(1, round((job.total - job.done) / rate)))} to go"
    return words
