"""How a plain task is published: through a connection with short limits, so that no page hangs with the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import Task

from task.jobs.bell import producer

_sent: ContextVar[list[str] | None] = ContextVar("sent", default=None)


class PlainTask(Task):
    """Celery's own task. It ends soon, says when it starts, and its messages go out soon or not at all."""

    abstract = True
    track_started = True
    soft_time_limit, time_limit = 5, 8  # seconds: nobody may hold the workers that do the jobs

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        # A chain or a chord drops the producer that it is given: so each task takes it for itself.
        with producer(self.app) as door:
            answer = super().apply_async(args, kwargs, **{**options, "producer": door, "retry": False})
        if (sent := _sent.get()) is not None:
            sent.append(str(answer.id))
        return answer


@contextmanager
def noting() -> Iterator[list[str]]:
    """The ids of the tasks whose messages the broker took meanwhile."""
    sent: list[str] = []
    token = _sent.set(sent)
    try:
        yield sent
    finally:
        _sent.reset(token)
