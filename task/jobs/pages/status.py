"""What a job's state is, in words and figures: made here, and shown by every page that tells of a job."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils.html import format_html

from task.face.drawing.states import style_of
from task.face.drawing.times import when
from task.jobs.conf import conf
from task.jobs.engine.registry import KINDS, counted
from task.jobs.models import Job, State
from task.kit.progress import share
from task.kit.spans import span

# All that a status is made of: a list that loads these for its jobs asks for nothing row by row.
COLUMNS = (
    "kind", "state", "message", "error", "done", "total", "history", "cancel_requested", "run_after", "lease_until",
    "faults", "created", "started", "attempted_at", "finished",
)  # fmt: skip
WAITS, AT_WORK, STOPPING = "Waiting for a worker", "In progress", "Stopping after this step"


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """The state of one job at one moment. Rates and durations are of this attempt."""

    state: State
    word: str  # waiting, running, done, failed, cancelled
    sign: str  # the icon beside the word
    words: str  # what it waits for, does, or came to; "" when nothing was said. With a time in it it is HTML, and safe
    detail: str  # what stands beside: how it goes on, how fast it is, what holds it, how long it took
    message: str  # what the job itself said: why it waits, what came of it
    error: str  # why it failed
    next_try: datetime | None  # it waits until then
    next_words: str  # the same in words
    patience: str  # how long it keeps trying, and what its owner can do meanwhile; "" unless it will try again
    ending: str  # all is counted, and this it still does
    unit: str  # of `done` and `total`; "": they are rows
    done: int
    total: int | None
    percent: int | None
    speed: float | None  # a second; None when nothing can be said
    time_left: timedelta | None
    waited: timedelta | None  # for its first worker
    took: timedelta | None
    workers_lost: tuple[int, ...]  # at which `done`
    is_active: bool
    is_stopping: bool  # somebody cancelled it, and its worker has not seen it yet

    @property
    def is_put_off(self) -> bool:
        """It waits for more than a worker."""
        return self.state == State.QUEUED and bool(self.message or self.next_try)

    @property
    def tab(self) -> str:
        """What the browser's tab says before the job's title."""
        if self.state == State.RUNNING and self.percent is not None:
            return f"{self.percent} %"
        return self.word.capitalize()

    @property
    def failure(self) -> str:
        return self.error or "It stopped without giving a reason."

    @property
    def of(self) -> str:
        """What follows the number that is done."""
        return f"of {self.total:,} {self.unit}".rstrip() if self.total else f"{self.unit} so far".lstrip()

    @property
    def large(self) -> str:
        """What stands large on the job's page while nothing is counted."""
        if self.state == State.QUEUED:
            return self.words if self.is_put_off else f"{self.words}. {self.detail}"
        if self.state == State.RUNNING:
            return f"{AT_WORK}."
        return self.message

    @property
    def line(self) -> str:
        """The whole in one line, under the job's title in a list."""
        words = self.words
        if not (self.error or self.message or self.ending or self.is_stopping or self.state == State.QUEUED):
            if self.total:
                words = f"{self.done:,} {self.of}"
            elif self.done:
                words = f"{self.done:,} {self.unit} done".replace("  ", " ")
        if not (self.workers_lost and self.is_active):
            return words
        count = len(self.workers_lost)
        between = " " if self.state == State.QUEUED and self.message else ", "
        return format_html("{}{}{} worker{} lost", words, between, count, "" if count == 1 else "s")

    @property
    def shows_count(self) -> bool:
        """Beside a bar: what is done says more than the words do."""
        return not (self.is_stopping or self.ending) and bool(self.done or (self.total and self.state != State.QUEUED))

    @property
    def beside_bar(self) -> str:
        """Beside a bar: what `shows_count` leaves to say."""
        if self.is_put_off:
            return self.words
        if self.shows_count:
            return ""
        if self.ending or not self.is_active:
            return self.words
        if self.state == State.RUNNING and not self.is_stopping:
            return ""  # its state stands above
        return self.words[:1].lower() + self.words[1:]


def status_of(job: Job, now: datetime | None = None) -> JobStatus:
    """Asks the database nothing. `now`, by its clock, is given for one job alone: speed and time left need it."""
    state = State(job.state)
    stopping = job.is_active and job.cancel_requested
    speed = _speed(job, now) if now and state == State.RUNNING and not stopping else None
    kind = KINDS.get(job.kind)
    ends = state == State.RUNNING and not stopping and bool(job.total) and job.done >= (job.total or 0)
    ending = kind.ending if kind and ends else ""
    left = timedelta(seconds=max(1, round((job.total - job.done) / speed))) if speed and job.total else None
    return JobStatus(
        state=state,
        word=state.label,
        sign=style_of(state.label)[1],
        words=ending or _words(job, stopping),
        detail=_detail(job, stopping, now, speed, left, ending),
        message=job.message,
        error=job.error,
        next_try=job.run_after if state == State.QUEUED else None,
        next_words=_next_words(job),
        patience=_patience(job) if state == State.QUEUED and job.run_after else "",
        ending=ending,
        unit=kind.unit if kind else "",
        done=job.done,
        total=job.total,
        percent=share(job.done, job.total, 100) if job.total else None,
        speed=speed,
        time_left=left,
        waited=None if state == State.QUEUED else job.wait,
        took=job.duration,
        workers_lost=tuple(job.workers_lost),
        is_active=job.is_active,
        is_stopping=stopping,
    )


def _next_words(job: Job) -> str:
    if job.state != State.QUEUED or not job.run_after:
        return ""
    word = "Next try" if job.started or job.message else "Starts"
    return format_html("{} at {}.", word, when(job.run_after, "clock"))


def _patience(job: Job) -> str:
    """A fault counts, a pause does not: the last event says which of them it waits for."""
    leave = "You can leave this page: it continues by itself."
    match job.history[-1].get("what") if job.history else "":
        case "fault" if not job.faults:  # it has got on since the tries before
            return f"If {conf.MAX_FAULTS} tries in a row fail, it gives up, and you can retry it. {leave}"
        case "fault":
            failed = f"{job.faults} of {conf.MAX_FAULTS} tries {'has' if job.faults == 1 else 'have'} failed."
            return f"{failed} If all {conf.MAX_FAULTS} fail, it gives up, and you can retry it. {leave}"
        case "pause":
            return f"Waiting does not count as a failed try. {leave}"
    return ""


def _words(job: Job, stopping: bool) -> str:
    if job.error:
        return job.error
    if stopping:
        return STOPPING
    if job.state == State.QUEUED and job.run_after:
        return format_html("{}{}", f"{job.message} ".lstrip(), _next_words(job))
    return job.message or {State.QUEUED: WAITS, State.RUNNING: AT_WORK}.get(State(job.state), "")


def continues_at(job: Job) -> str:
    return f"It will continue at {counted(job.kind, job.done)}."


def _detail(
    job: Job, stopping: bool, now: datetime | None, speed: float | None, left: timedelta | None, ending: str
) -> str:
    if stopping:
        return "What is done is kept."
    if job.state == State.QUEUED:
        return continues_at(job) if job.done and job.history else "It will start by itself."
    if job.state != State.RUNNING:
        return f"took {span(job.duration)}" if job.duration else ""
    if now and job.began and job.lease_until and (left_of_lease := _lease_left(job, now)) < _quiet_below():
        within = max(0, ceil(left_of_lease)) + conf.MAINTENANCE_SECONDS
        return f"The worker has gone quiet. If it stays quiet, another one takes over within {within:.0f} s."
    if ending or not speed:
        return ending
    a_second = speed >= 1
    words = f"{counted(job.kind, round(speed if a_second else speed * 60))} a {'second' if a_second else 'minute'}"
    return f"{words}, about {span(left)} left" if left else words


# Each step, and the lease's thread every JOBS_RENEW_SECONDS, set the lease anew: how much of it is gone says how long a
# worker is quiet.


def _quiet_below() -> float:
    """Seconds of the lease: when fewer are left, a renewal and a half did not come."""
    return conf.LEASE_SECONDS - 1.5 * conf.RENEW_SECONDS


def _fresh_above() -> float:
    """Seconds of the lease: when more are left, the worker has just committed a step."""
    return conf.LEASE_SECONDS - 0.5 * conf.RENEW_SECONDS


def _lease_left(job: Job, now: datetime) -> float:
    return (job.lease_until - now).total_seconds() if job.lease_until else 0.0


def _speed(job: Job, now: datetime) -> float | None:
    """Of this attempt, a second. None before its first step, and when there was none for a while."""
    if not job.began or job.done_before is None or _lease_left(job, now) < _fresh_above():
        return None
    done = job.done - job.done_before
    return done / max((now - job.began).total_seconds(), 0.001) if done > 0 else None
