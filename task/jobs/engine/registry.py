"""The decorator that makes a function a kind of job, and the list of the kinds this process knows."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from celery import Task, shared_task

from task.jobs.engine.errors import Misuse
from task.jobs.models import Job, State

Hook = Callable[[Job], None]
KINDS: dict[str, "Kind"] = {}
_of_all_kinds: list[Hook] = []
RESERVED = frozenset({"self", "task", "owner", "rows", "submission", "parent"})  # what submit() and then() are given


@dataclass
class Kind:
    name: str
    function: Callable[..., str | None]
    title: str | Callable[..., str]
    step_limit: float
    label: str = ""
    task: "JobTask" = field(init=False)
    on_end: list[Hook] = field(default_factory=list)
    on_reopen: list[Hook] = field(default_factory=list)
    view: Any = None  # the first form view that names this kind's task

    def title_for(self, arguments: dict[str, Any]) -> str:
        words = self.title(**arguments) if callable(self.title) else self.title.format(**arguments)
        return words[:300]


class JobTask(Task):
    """A Celery task that carries a job's id and nothing else; the id is Celery's task id too."""

    abstract = True
    kind: Kind

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        from task.jobs.engine.broker import producer

        job_id = str(next(iter(args)))
        with producer(self.app) as door:
            return super().apply_async((job_id,), None, task_id=job_id, producer=door, retry=False, **options)

    def ended(self, hook: Hook) -> Hook:
        """Register what runs in the transaction that ends a job of this kind, whoever ends it."""
        self.kind.on_end.append(hook)
        return hook

    def reopened(self, hook: Hook) -> Hook:
        """Register what runs in the transaction in which a person sends an ended job back to the queue."""
        self.kind.on_reopen.append(hook)
        return hook


def job(
    name: str, *, title: str | Callable[..., str], label: str = "", step_limit: float = 300
) -> Callable[[Callable[..., str | None]], JobTask]:
    """Make a function `(run, **arguments) -> message` a kind of job.

    `name` is fixed for ever, since rows carry it; `title` is formatted with the arguments; `label` is what all jobs of
    the kind are called together, where titles differ; `step_limit` is the number of seconds without a committed step
    after which the work counts as hung.
    """

    def decorate(function: Callable[..., str | None]) -> JobTask:
        _refuse(name, function)

        def answer_the_ring(task: JobTask, job_id: str) -> None:
            from task.jobs.engine.executor import perform

            state = perform(job_id, keep_lease=True)
            # Celery's own record, for the admin, once the job has ended; a ring too many, or one turn of several,
            # leaves none. Left to Celery, a lost process would be a failure of a job that goes on.
            if state in (State.SUCCEEDED, State.CANCELLED):
                task.backend.store_result(job_id, state, "SUCCESS", request=task.request)
            elif state == State.FAILED:
                fault = RuntimeError("This job failed; its page says why.")
                task.backend.store_result(job_id, fault, "FAILURE", request=task.request)

        answer_the_ring.__name__ = function.__name__
        answer_the_ring.__module__ = function.__module__
        answer_the_ring.__doc__ = function.__doc__
        kind = KINDS[name] = Kind(name, function, title, step_limit, label)
        kind.task = shared_task(bind=True, base=JobTask, name=name, ignore_result=True, kind=kind)(answer_the_ring)
        return kind.task

    return decorate


def _refuse(name: str, function: Callable[..., str | None]) -> None:
    """Raise Misuse for what would fail later, or do another kind's work."""
    before = KINDS.get(name)
    if before and _place(before.function) != _place(function):
        raise Misuse(f"Two kinds of job are called {name}: its rows could be of either.")
    taken = sorted(RESERVED & inspect.signature(function).parameters.keys())
    if taken:
        raise Misuse(f"{name} can't have an argument “{taken[0]}”: submit() has one of that name.")


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, function.__qualname__  # the same after a module was loaded anew


def label_of(name: str) -> str:
    """What all jobs of a kind are called together: its label; else the title that they share; else its name's words."""
    kind = KINDS.get(name)
    if kind and kind.label:
        return kind.label
    if kind and isinstance(kind.title, str) and "{" not in kind.title:
        return kind.title
    return name.replace(".", ": ").replace("_", " ").capitalize()


def ended(hook: Hook) -> Hook:
    """Register what runs in the transaction that ends a job, for all kinds."""
    _of_all_kinds.append(hook)
    return hook


def end_hooks(row: Job) -> list[Hook]:
    """What runs in the transaction that ends this job."""
    kind = KINDS.get(row.kind)
    return [*(kind.on_end if kind else []), *_of_all_kinds]
