"""A job as its function sees it: loops that go on where they stopped, steps that commit whole, one finish."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from task.jobs.conf import conf
from task.jobs.engine import guards
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import update_if
from task.jobs.engine.enqueue import enqueue
from task.jobs.engine.errors import LeaseLost, Misuse, YieldTurn
from task.jobs.engine.registry import KINDS
from task.jobs.engine.transitions import fence, lease_end, succeed
from task.jobs.models import Job
from task.jobs.services import mail

T = TypeVar("T")


class Tally(Counter[str]):
    """What a job has counted; a name that was never counted is 0. Survives restarts, unlike a local counter."""


class Run:
    """One turn of a job, as its function gets it. Its methods are all that a kind of job needs of the engine.

    A job has at most one loop (`batches`, `drain`, `walk` or `until_done`) with one `step` in each round, and at most
    one `finish` behind it. Between the rounds it may yield its turn, and be called again later, from its first line:
    what it keeps is in its rows, its cursor and its `tally`. Each of these raises Misuse where it would lose or double
    work; a job whose row is not ours any more ends in LeaseLost, which no `except Exception` catches.

    Attributes: `job`, the row as it was claimed; `tally`, what the committed steps have counted.
    """

    def __init__(self, job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
        self.job = job
        self.tally = Tally(job.tally)
        self.finished = False
        self.committed_at = self._claimed_at = time.monotonic()
        self._stopping = stopping
        self._looped = self._exhausted = False
        self._batch: tuple[Any, int] | None = None  # the open batch: the cursor after it, its size
        self._stepped = False

    # Loops. A job has one.

    def batches(self, sequence: Sequence[T], size: int = 1000) -> Iterator[Sequence[T]]:
        """Slices of what is the same after a restart (a range, a list of the arguments); resumes by position.

        `size` is how many a slice has at most. The total is the sequence's length.
        """
        if isinstance(sequence, QuerySet) or not isinstance(sequence, Sequence):
            raise Misuse(
                "run.batches() takes a range or a list: a queryset is another one after a restart. Use run.drain()."
            )
        self._begin_loop(len(sequence))
        position = self.job.cursor or 0
        while position < len(sequence):
            batch = sequence[position : position + size]
            position += len(batch)
            yield from self._round(batch, position)
        self._exhausted = True

    def drain(self, queryset: QuerySet[Any], size: int = 100, total: int | None = None) -> Iterator[list[Any]]:
        """Rows of a queryset until it is empty; each step must take its rows out of it.

        The total is counted once, at the first start, unless it is given.
        """
        if self.job.total is None:
            total = queryset.count() if total is None else total
        self._begin_loop(total)
        before: set[Any] = set()
        while rows := list(queryset.all()[:size]):
            if not hasattr(rows[0], "pk"):
                raise Misuse("run.drain() takes rows: a queryset without values() or values_list().")
            keys = {row.pk for row in rows}
            if keys == before:
                raise Misuse(
                    "run.drain() was given the same rows twice: each step must take its rows out of the queryset."
                )
            before = keys
            yield from self._round(rows, None)
        self._exhausted = True

    def walk(self, function: Callable[[Any], Iterator[tuple[T, Any]]], total: int | None = None) -> Iterator[T]:
        """What `function(cursor)` yields as (batch, next cursor); it gets the saved cursor, at first None.

        A cursor is JSON, and is saved by the batch's step. `total` is how much there is, if that is known.
        """
        self._begin_loop(total)
        for batch, cursor in function(self.job.cursor):
            yield from self._round(batch, cursor)
        self._exhausted = True

    def until_done(self, work: Iterable[T], total: int | None = None) -> Iterator[T]:
        """Each piece of `work` that finds by itself what is left to do, and ends when nothing is.

        There is no cursor: after a restart `work` looks anew, so each step must take away what it did. How far a step
        gets is said by the step: `with run.step(done=3):`.
        """
        self._begin_loop(total)
        for piece in work:
            yield from self._round(piece, None)
        self._exhausted = True

    def _begin_loop(self, total: int | None) -> None:
        if self._looped:
            raise Misuse("A job has one loop. Make the second phase a second job, with .delay() in run.finish().")
        self._looped = True
        if self.job.total is None:
            self.job.total = total

    def _round(self, batch: T, cursor: Any) -> Iterator[T]:
        self._batch, self._stepped = (cursor, len(batch) if isinstance(batch, Sized) else 0), False
        yield batch
        if not self._stepped:
            raise Misuse("A batch went by without its `with run.step():`, and a restart would not know of it.")
        self._batch = None
        if self._stopping() or (time.monotonic() - self._claimed_at > conf.TURN_SECONDS and self._others_wait()):
            raise YieldTurn

    def _others_wait(self) -> bool:
        # Two questions: with both in one, a database walks all that waits.
        waiting = Job.objects.queued().of_kinds(KINDS)
        return waiting.filter(run_after=None).exists() or waiting.filter(run_after__lte=Now()).exists()

    # Commits

    @contextmanager
    def step(self, done: int | None = None) -> Iterator[Tally]:
        """One batch's rows, tally, cursor, progress and lease: all or nothing.

        It holds the database's write lock: prepare before it, write at most 1,000 rows or 0.2 s within. `done` is how
        much further it brings the job (at most to its total); else the batch's length. `.delay()` in it enqueues a
        follow-up job. Raises LeaseLost, and rolls back, when the row is no longer ours or its owner cancelled it.
        """
        if self._batch is None:
            raise Misuse(
                "run.step() belongs into a loop: `for batch in run.batches(…)`, run.drain(…), run.walk(…) or "
                "run.until_done(…). What happens once stands in `with run.finish(…):`."
            )
        if self._stepped:
            raise Misuse("A batch has exactly one step; this is its second.")
        guards.refuse_in_step("open a step")
        guards.refuse_in_transaction("open a step")
        cursor, size = self._batch
        further = self.job.done + (size if done is None else done)
        if done is not None and self.job.total is not None:
            further = min(further, max(self.job.total, self.job.done))
        tally = Tally(self.tally)
        columns: dict[str, Any] = {"cursor": cursor, "done": further, "total": self.job.total}
        with transaction.atomic(), guards.allow_writes(self._place(f"step {self.job.done} {json.dumps(cursor)}")):
            yield tally
            columns |= {"tally": tally, "faults": 0, "message": "", "lease_until": lease_end()}
            if not update_if(self.job.pk, fence(self.job), **columns):
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
        with transaction.atomic(), guards.allow_writes(self._place("finish")):
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
        words = _filled_in(message, tally, self.job.arguments)
        if not succeed(self.job, words, tally, exhausted=self._exhausted):
            raise LeaseLost

    def _place(self, name: str) -> guards.Place:
        return guards.Place(self.job, name)

    # Beside the steps

    def then(self, task: Any, **arguments: Any) -> Job:
        """Inside a step or `finish`: enqueue a follow-up job. The same as `task.delay(**arguments)` there."""
        if not guards.in_step():
            raise Misuse(
                "run.then() belongs into `with run.step():` or `with run.finish():`, so that it happens with it or not."
            )
        return enqueue(task.kind, kwargs=arguments)

    def check_lease(self) -> None:
        """Raise LeaseLost, and end here, when the row is no longer ours or its owner cancelled it."""
        if not Job.objects.filter(pk=self.job.pk, **fence(self.job)).exists():
            raise LeaseLost

    def heartbeat(self) -> None:
        """For long work outside a step: check the lease, and let the time limit of a step begin anew."""
        self.check_lease()
        self.committed_at = time.monotonic()

    def mail(self, name: str, to: Iterable[str], context: dict[str, Any] | None = None, *, key: object = "") -> None:
        """Send the email templates `name`.subject.txt, .txt and .html. At least once; its Message-ID is stable.

        It is made of the job, the template, the recipients and `key`, which a second email to the same people needs.
        """
        mail.send(self.job, name, list(to), context or {}, key)


def _filled_in(message: str, tally: Tally, arguments: dict[str, Any]) -> str:
    """Each {name}: what was counted, with grouped digits, else the argument; what is neither was never counted.

    No format string, which could ask for more than that: a message may hold what somebody else wrote.
    """
    words = arguments | {name: f"{value:,}" if isinstance(value, int) else value for name, value in tally.items()}
    return re.sub(r"\{(\w+)\}", lambda found: str(words.get(found[1], 0)), message)
