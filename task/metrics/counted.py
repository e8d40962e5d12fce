"""Counters of ended jobs. Each job is counted once, so a scrape costs the same after a thousand and after a million."""

from datetime import timedelta
from typing import Any

from task.jobs import Now
from task.jobs.models import Job
from task.metrics.models import Counted

BOUNDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)  # seconds
EVERY = timedelta(seconds=15)
LAG = timedelta(seconds=30)  # a transaction that ends a job may commit so long after the end that it writes
MOST = 20_000  # jobs at a time: after a pause it catches up scrape by scrape
COLUMNS = ("kind", "state", "created", "started", "attempted_at", "finished", "notifications")
Kinds = dict[str, dict[str, Any]]


def counted() -> Kinds:
    """By kind: how many `ended` by state, were `notified_again`, and how long they had to `wait` and did `run`."""
    row = Counted.objects.annotate(now=Now()).filter(pk=1).first()
    if row is None:  # from here on
        Counted.objects.bulk_create([Counted(pk=1)], ignore_conflicts=True)
        return {}
    kinds: Kinds = row.kinds
    until = row.now - LAG
    if until - row.until < EVERY:
        return kinds
    since = Job.objects.filter(finished__gte=row.until, finished__lt=until).order_by("finished")
    ended: list[Any] = list(since.values_list(*COLUMNS, named=True)[:MOST])
    if len(ended) == MOST:
        until = ended[-1].finished
        ended = [job for job in ended if job.finished < until]
    for job in ended:
        count(job, kinds.setdefault(job.kind, {}))
    if Counted.objects.filter(pk=1, until=row.until).update(until=until, kinds=kinds):
        return kinds
    return dict(Counted.objects.get(pk=1).kinds)  # another process was first


def count(job: Any, kind: dict[str, Any]) -> None:
    ended = kind.setdefault("ended", {})
    ended[job.state] = ended.get(job.state, 0) + 1
    kind["notified_again"] = kind.get("notified_again", 0) + job.notifications
    if job.started and job.attempted_at in (None, job.started):  # a retried job waited before
        observe(kind.setdefault("wait", {}), job.started - job.created)
    if began := job.attempted_at or job.started:
        observe(kind.setdefault("run", {}), job.finished - began)


def observe(histogram: dict[str, Any], span: timedelta) -> None:
    seconds = max(0.0, span.total_seconds())
    bound = next((str(bound) for bound in BOUNDS if seconds <= bound), "+Inf")
    histogram[bound] = histogram.get(bound, 0) + 1
    histogram["sum"] = round(histogram.get("sum", 0.0) + seconds, 3)
