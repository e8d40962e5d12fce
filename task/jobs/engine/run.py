"""A job as its function sees it: loops that go on where they stopped, steps that commit whole, one finish."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from task.jobs.engine import guards
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import swap
from task.jobs.engine.enqueue import submission_of, submit
from task.jobs.engine.errors import HandOver, LeaseLost, Misuse
from task.jobs.engine.registry import KINDS, JobTask
from task.jobs.engine.transitions import UNLEASED, end
from task.jobs.models import Job, State
from task.jobs.services import mail

LEASE = timedelta(seconds=30)
TURN_SECONDS = 0.5  # a job that has run for so long lets the others go first at its step's end

Walk = Iterator[tuple[Sized, Any]]


class Tally(Counter[str]):
    """What a job has counted; a name that was never counted is 0. Survives restarts, unlike a local counter."""


class Run:
    def __init__(self, job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
        self.job = job
        self.tally = Tally(job.tally)
        self.finished = False
        self.committed_at = self._claimed_at = time.monotonic()
        self._stopping = stopping
        self._looped = False
        self._batch: tuple[Any, int] | None = None  # the open batch: the cursor after it, its size
        self._stepped = False

    @property
    def fence(self) -> dict[str, Any]:
        """The columns that hold only while the row is ours. A worker stopped past its lease can commit nothing."""
        return {"claims": self.job.claims, "state": State.RUNNING, "cancel_requested": False}

    # Loops

    def batches(self, sequence: Sequence[Any], size: int = 1000) -> Iterator[Any]:
        """Slices of what is the same after a restart (a range, a list of the arguments); resumes by position."""
        if isinstance(sequence, QuerySet) or not isinstance(sequence, Sequence):
            raise Misuse(
                "run.batches() takes a range or a list: a queryset is another one after a restart. Use run.drain()."
            )
        self._begin_loop(len(sequence))
        position = self.job.cursor or 0
        while position < len(sequence):
            batch = sequence[position : position + size]
            position += len(batch)
            yield from self._turn(batch, position)

    def drain(self, queryset: QuerySet[Any], size: int = 100, total: int | None = None) -> Iterator[list[Any]]:
        """Rows of a queryset until it is empty; each step must take its rows out of it.

        The total is counted once, at the first start, unless it is given.
        """
        if self.job.total is None:
            total = queryset.count() if total is None else total
        self._begin_loop(total)
        before: set[Any] = set()
        while rows := list(queryset.all()[:size]):
            keys = {row.pk for row in rows}
            if keys == before:
                raise Misuse(
                    "run.drain() was given the same rows twice: each step must take its rows out of the queryset."
                )
            before = keys
            yield from self._turn(rows, None)

    def walk(self, function: Callable[[Any], Walk], total: int | None = None) -> Iterator[Any]:
        """What `function(cursor)` yields as (batch, next cursor); it gets the saved cursor, at first None."""
        self._begin_loop(total)
        for batch, cursor in function(self.job.cursor):
            yield from self._turn(batch, cursor)

    def _begin_loop(self, total: int | None) -> None:
        if self._looped:
            raise Misuse("A job has one loop. Make the second phase a second job, with run.then() in run.finish().")
        self._looped = True
        if self.job.total is None:
            self.job.total = total

    def _turn(self, batch: Any, cursor: Any) -> Iterator[Any]:
        self._batch, self._stepped = (cursor, len(batch)), False
        yield batch
        if not self._stepped:
            raise Misuse("A batch went by without its `with run.step():`, and a restart would not know of it.")
        self._batch = None
        if self._stopping() or (time.monotonic() - self._claimed_at > TURN_SECONDS and self._others_wait()):
            raise HandOver

    def _others_wait(self) -> bool:
        waiting = Job.objects.filter(state=State.QUEUED, kind__in=KINDS)
        return waiting.filter(run_after=None).exists() or waiting.filter(run_after__lte=Now()).exists()

    # Commits

    @contextmanager
    def step(self) -> Iterator[Tally]:
        """One batch's rows, tally, cursor, progress and lease: all or nothing.

        It holds the database's write lock: prepare before it, write at most 1,000 rows or 0.2 s within.
        Raises LeaseLost, and rolls back, when the row is no longer ours or its owner cancelled it.
        """
        if self._batch is None:
            raise Misuse("run.step() belongs into a loop: `for batch in run.batches(…)`, run.drain(…) or run.walk(…).")
        if self._stepped:
            raise Misuse("A batch has exactly one step; this is its second.")
        guards.refuse_in_step("open a step")
        guards.refuse_in_transaction("open a step")
        cursor, size = self._batch
        tally = Tally(self.tally)
        columns: dict[str, Any] = {"cursor": cursor, "done": self.job.done + size, "total": self.job.total}
        with transaction.atomic(), guards.writing(step=True):
            yield tally
            columns |= {"tally": tally, "faults": 0, "message": "", "lease_until": Now() + LEASE}
            if not swap(self.job.pk, self.fence, **columns):
                raise LeaseLost
        self._stepped, self.tally, self.committed_at = True, tally, time.monotonic()
        self.job.faults = 0
        for name in ("cursor", "done", "total"):
            setattr(self.job, name, columns[name])

    @contextmanager
    def finish(self, message: str = "") -> Iterator[Tally]:
        """What happens once, at the end: its rows, the follow-up jobs and SUCCEEDED in one transaction.

        In `message` each {name} is what the tally counted, or an argument.
        """
        self._may_finish()
        tally = Tally(self.tally)
        with transaction.atomic(), guards.writing(step=True):
            yield tally
            self._succeed(message, tally)
        self.finished, self.tally = True, tally

    def finish_with(self, message: str) -> None:
        """A finish without rows: what a function returns."""
        self._may_finish()
        self._succeed(message, self.tally)
        self.finished = True

    def _may_finish(self) -> None:
        if self.finished or (self._batch is not None and not self._stepped):
            raise Misuse("run.finish() stands once, after the loop.")
        guards.refuse_in_step("finish")
        guards.refuse_in_transaction("finish")

    def _succeed(self, message: str, tally: Tally) -> None:
        words = _told(message, tally, self.job.arguments)
        if not end(self.job, State.SUCCEEDED, self.fence, message=words, tally=tally, faults=0):
            raise LeaseLost

    def then(self, task: JobTask, **arguments: Any) -> Job | None:
        """Inside `finish`: submit a follow-up job of the same owner, once whatever happens. None: it is there."""
        if not guards.in_step():
            raise Misuse("run.then() belongs into `with run.finish():`, so that it happens with the end or not at all.")
        name = submission_of(str(self.job.pk), task.kind.name, "then", [(k, repr(v)) for k, v in arguments.items()])
        if Job.objects.filter(submission=name).exists():
            return None
        return submit(task, owner=self.job.owner, submission=name, parent=self.job, **arguments)

    def mail(self, name: str, to: Iterable[str], context: dict[str, Any]) -> None:
        """Send the email templates `name`.subject.txt, .txt and .html. At least once; its Message-ID is stable."""
        mail.send(self.job, name, list(to), context)

    # What the worker does with a job that does not go on now

    def hand_over(self, **columns: Any) -> bool:
        """Back to the queue; the caller rings. False: the row is not ours any more."""
        with guards.writing():
            columns = {**UNLEASED, "rung": Now(), "rings": 0, **columns}
            return swap(self.job.pk, self.fence, state=State.QUEUED, **columns)


def _told(message: str, tally: Tally, arguments: dict[str, Any]) -> str:
    """Each {name}: what was counted, with grouped digits, else the argument; what is neither was never counted.

    No format string, which could ask for more than that: a message may hold what somebody else wrote.
    """
    words = arguments | {name: f"{value:,}" if isinstance(value, int) else value for name, value in tally.items()}
    return re.sub(r"\{(\w+)\}", lambda found: str(words.get(found[1], 0)), message)
