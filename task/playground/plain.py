"""A plain Celery task of the playground: it ends soon, and its messages go out soon or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import Task, signals

from task.jobs import publish
from task.kit.connections import drop_broken_connections

_sent: ContextVar[list[str] | None] = ContextVar("sent", default=None)


class PlainTask(Task):
    """Celery's own task, with limits: nobody may hold the workers that do the jobs."""

    abstract = True
    track_started = True
    soft_time_limit, time_limit = 5, 8  # seconds

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        # Celery's defaults wait more than 25 s for a broker that hangs; and a chain or a chord drops the producer that
        # it is given. So each task takes the one with short limits by itself.
        with publish(self.app) as producer:
            result = super().apply_async(args, kwargs, **{**options, "producer": producer, "retry": False})
        if (sent := _sent.get()) is not None:
            sent.append(str(result.id))
        return result


@contextmanager
def noting_sent() -> Iterator[list[str]]:
    """The ids of the tasks whose messages the broker took meanwhile."""
    sent: list[str] = []
    token = _sent.set(sent)
    try:
        yield sent
    finally:
        _sent.reset(token)


@signals.task_prerun.connect
def _begin_with_good_connections(task: Any, **_: Any) -> None:
    """Celery keeps its database connection over many tasks: one that broke meanwhile would lose this task's record."""
    if isinstance(task, PlainTask):
        drop_broken_connections()
