"""The decorator that makes a function a kind of job, and its Celery task: `.delay()` saves a row."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec
from uuid import UUID

from celery import Task, shared_task

from task.jobs.engine import results
from task.jobs.engine.enqueue import UNSET, Rows, enqueue
from task.jobs.engine.errors import Misuse
from task.jobs.engine.executor import execute
from task.jobs.engine.registry import Hook, Kind, register
from task.jobs.engine.run import Run
from task.jobs.models import Job, State

log = logging.getLogger("desk.jobs")
P = ParamSpec("P")
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
BEAT_HEADERS = {"celery_beat_task", "periodic_task_name"}  # what beat adds to each of its messages


class JobTask(Task, Generic[P]):
    """A Celery task whose calls are rows: what is published is a job's id and nothing else."""

    abstract = True
    kind: Kind

    def delay(self, *args: P.args, **kwargs: P.kwargs) -> Job:
        """Save a job with these arguments, and notify a worker once it is committed.

        In a step, a finish or an end hook of another job it is a follow-up of that one. Raises TypeError when the
        arguments don't fit the function, Misuse when they are no JSON.
        """
        return enqueue(self.kind, args, kwargs)

    def apply_async(
        self,
        args: tuple[Any, ...] | list[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        countdown: float | None = None,
        eta: datetime | None = None,
        owner: Any = UNSET,
        rows: Rows | None = None,
        unique_key: str | None = None,
        parent: UUID | None = None,
        **options: Any,
    ) -> Job:
        """The same as `delay`, with options.

        `countdown` (seconds) or `eta` say when it may run at the earliest. `owner` is a user, or None for the system.
        `rows(job)` saves rows in the job's transaction, and may return what is known only then: arguments by name,
        `title`, `owner`. A `unique_key` (64 characters) is saved once: IntegrityError when there is such a job.
        `parent` is the id of a job that it follows, where it is enqueued by none.
        Raises Misuse for any other option of Celery's: it would say something about a message, and a job is a row.
        """
        refused = sorted(name for name, value in options.items() if not _is_beats(name, value))
        if refused:
            what = "group or chord" if refused[0] == "add_to_parent" else refused[0]
            raise Misuse(
                f"{self.name}: apply_async() of a job knows no “{what}”. A job is a row, not a message: it takes "
                "args, kwargs, countdown, eta, owner, rows, unique_key and parent; a job that comes after another is "
                "`.delay()` in its run.finish()."
            )
        if countdown is not None and eta is not None:
            raise Misuse(f"{self.name}: give countdown or eta, not both.")
        if eta is not None and not isinstance(eta, datetime):
            raise Misuse(f"{self.name}: eta is a datetime, and not of type {type(eta).__name__}.")
        pause = timedelta(seconds=countdown or 0)
        run_after = pause if pause > timedelta() else eta
        return enqueue(
            self.kind, args or (), kwargs, owner=owner, rows=rows, unique_key=unique_key, run_after=run_after,
            parent=parent,
        )  # fmt: skip

    def apply(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Misuse(_call(self.name))

    map = starmap = chunks = apply  # tasks of Celery's, which would call the function

    def ended(self, hook: Hook) -> Hook:
        """Register what runs in the transaction that ends a job of this kind, whoever ends it."""
        self.kind.on_end.append(hook)
        return hook

    def retried(self, hook: Hook) -> Hook:
        """Register what runs in the transaction in which a person sends an ended job back to the queue."""
        self.kind.on_retry.append(hook)
        return hook


def job(
    name: str,
    *,
    title: str | Callable[..., str],
    label: str = "",
    step_limit: float | None = None,
    starts_within: float | None = None,
    schedulable: bool = False,
    silent: bool = False,
    unit: str = "",
    ending: str = "",
) -> Callable[[Callable[Concatenate[Run, P], str | None]], JobTask[P]]:
    """Make a function `(run, **arguments) -> message` a kind of job, called by `.delay(**arguments)`.

    `name` is fixed for ever, since rows carry it; `title` is formatted with the arguments; `label` is what all jobs of
    the kind are called together, where titles differ; `step_limit` is the number of seconds without a committed step
    after which the work counts as hung (JOBS_STEP_LIMIT_SECONDS unless it is given); `starts_within` is its promise: a
    job that waits for a worker for more seconds than these is told to staff by email; `schedulable` offers the kind to
    staff who make a schedule: it needs no person, no rows of a form, and no secret; `silent` is one that is itself a
    message, such as an email: nobody else is told of its end (`task.jobs.ended`); `unit` is that of what it counts,
    where these are not rows; `ending` says what it does once all is counted, where that takes long.
    """

    def decorate(function: Callable[Concatenate[Run, P], str | None]) -> JobTask[P]:
        kind = register(
            Kind(name, function, title, step_limit, label, schedulable, starts_within, silent, unit, ending)
        )

        def notified(task: JobTask[P], *args: Any, **kwargs: Any) -> None:
            if task.request.called_directly:
                raise Misuse(_call(name))
            job_id = _job_id(args, kwargs)
            if job_id is None:
                log.error("A message for %s names no job, and nothing was done: %r %r", name, args, kwargs)
                return
            state = execute(job_id, keep_lease=True)
            # Celery's own record, once the job has ended; a notification too many, or one turn of several, leaves none.
            # Left to Celery, a lost process would be a failure of a job that goes on.
            if state in ENDED and not results.are_beside_jobs():
                results.store(task, str(job_id), state)

        notified.__name__ = function.__name__
        notified.__module__ = function.__module__
        notified.__doc__ = function.__doc__
        kind.task = shared_task(bind=True, base=JobTask, name=name, ignore_result=True, kind=kind)(notified)
        task: JobTask[P] = kind.task
        return task

    return decorate


def _call(name: str) -> str:
    return (
        f"{name} is a job: call it with .delay(…), which saves its row; only a worker runs its function. A test calls "
        "`task.jobs.testing.execute_all()` after it."
    )


def _job_id(args: tuple[Any, ...], kwargs: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(args[0])) if len(args) == 1 and not kwargs else None
    except ValueError:
        return None


def _is_beats(name: str, value: Any) -> bool:
    """Whether an option says nothing: beat gives each message its producer, its headers, and queues that are None."""
    if name == "headers":
        return value is None or set(value) <= BEAT_HEADERS
    return value is None or name == "producer"
