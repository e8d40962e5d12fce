"""Plain Celery tasks: what each of them returns or raises is only in Celery’s records.

No job stands behind them. A message that the broker loses is lost, and so is what its task would have done.
"""

import time
from typing import Any

from celery import shared_task

from task.playground import outcomes  # noqa: F401  its workers keep how a run ended
from task.playground.models import PlaygroundRun
from task.playground.plain import PlainTask

PAUSE = 0.2  # seconds between two steps of `count`


@shared_task(base=PlainTask, name="playground.add")
def add(first: int, second: int) -> int:
    return first + second


@shared_task(base=PlainTask, name="playground.multiply")
def multiply(number: int, by: int) -> int:
    return number * by


@shared_task(base=PlainTask, name="playground.square")
def square(number: int) -> int:
    return number * number


@shared_task(base=PlainTask, name="playground.divide")
def divide(number: int, by: int) -> float:
    return number / by


@shared_task(base=PlainTask, name="playground.total")
def total(numbers: list[float]) -> float:
    return sum(numbers)


@shared_task(base=PlainTask, bind=True, name="playground.stumble", max_retries=2)
def stumble(task: Any, number: int) -> int:
    if task.request.retries < 2:
        reason = ConnectionError("Nobody answered.")
        raise task.retry(exc=reason, countdown=1)
    return number


@shared_task(base=PlainTask, bind=True, name="playground.count")
def count(task: Any, steps: int) -> int:
    for step in range(steps):
        task.update_state(state="PROGRESS", meta={"done": step, "of": steps})
        time.sleep(PAUSE)
    return steps


@shared_task(base=PlainTask, name="playground.store")
def store(number: float, run: str) -> float:
    # A message may come twice: the first result stays.
    PlaygroundRun.objects.filter(pk=run, result__isnull=True).update(result=number)
    return number
