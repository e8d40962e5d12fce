"""The engine, as the benchmarks use it: no other file of theirs imports it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django_celery_results.models import TaskResult

from benchmarks.bare.tasks import bare, empty
from task.jobs.engine.transitions import cancel
from task.jobs.models import Job
from tests.processes import wait_until

ROUNDS, EMPTY_JOBS = 5, 1000
EVERY = 0.02  # seconds between two looks whether all have ended: they cost the workers time too


def start(task: Any, **arguments: Any) -> Any:
    """Start a job; returns its id."""
    owner = arguments.pop("owner", None)
    return task.apply_async(kwargs=arguments, owner=owner).pk


def done(job_id: Any) -> int:
    return Job.objects.values_list("done", flat=True).get(pk=job_id)


def is_active(job_id: Any) -> bool:
    return Job.objects.filter(pk=job_id).active().exists()


def stop(job_id: Any) -> None:
    cancel(Job.objects.get(pk=job_id))
    wait_until(lambda: not is_active(job_id))


def newest() -> UUID:
    return Job.objects.order_by("-created").values_list("pk", flat=True)[0]


def until_idle(seconds: float = 900) -> None:
    wait_until(lambda: not Job.objects.active().exists(), seconds, every=0.1)


def until_ended(job_id: Any, seconds: float = 900, every: float = 0.005) -> None:
    wait_until(lambda: not is_active(job_id), seconds, every=every)
    job = Job.objects.get(pk=job_id)
    assert job.state == "succeeded", (job.state, job.error)


@dataclass
class Rates:
    """A second, in each round."""

    submitted: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def measure(self, one: Callable[[], Any], have_ended: Callable[[], bool]) -> None:
        began = time.perf_counter()
        for _ in range(EMPTY_JOBS):
            one()
        self.submitted.append(EMPTY_JOBS / (time.perf_counter() - began))
        wait_until(have_ended, 300, every=EVERY)
        self.ended.append(EMPTY_JOBS / (time.perf_counter() - began))


def beside_bare_celery() -> tuple[Rates, Rates, list[float]]:
    """Empty jobs, and empty tasks of bare Celery with its results in the same database, in turns: both and the factors.

    The first round of each is to warm up, and not among them.
    """
    ours, theirs = Rates(), Rates()
    results = TaskResult.objects.filter(task_name=bare.name, status="SUCCESS")
    for _ in range(1 + ROUNDS):
        ours.measure(empty.delay, lambda: not Job.objects.active().exists())
        TaskResult.objects.all().delete()
        theirs.measure(lambda: bare.apply_async(retry=False), lambda: results.count() >= EMPTY_JOBS)
        TaskResult.objects.all().delete()
    for rates in (ours, theirs):
        del rates.submitted[0], rates.ended[0]
    return ours, theirs, [bare / job for bare, job in zip(theirs.ended, ours.ended, strict=True)]


def latency(times: int = 101) -> list[float]:
    """Seconds from submit to the end of an empty job, one after the other."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        until_ended(empty.delay().pk, every=0.001)
        taken.append(time.perf_counter() - began)
    return taken


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]
