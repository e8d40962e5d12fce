"""What `/metrics` tells of jobs, workers and sources, from their rows: each query is bounded and has its index."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, InterfaceError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from task.jobs import Now, kinds_waiting
from task.jobs.models import MOST_COUNTED, Job, RateLimit, Worker
from task.kit.connections import is_unavailable
from task.metrics.counted import BOUNDS, Kinds, counted

KEPT = 15.0  # seconds
MOST_SOURCES = 100
Labels = tuple[str, ...]


def gauge(name: str, words: str, labels: list[str], values: dict[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def of_jobs() -> Iterator[Metric]:
    waiting = kinds_waiting()
    counts: dict[Labels, float] = {(each.kind, "waiting"): each.count for each in waiting}
    paused = Job.objects.queued().filter(run_after__gt=Now())
    for state, found in (("paused", paused), ("running", Job.objects.running())):
        counts |= {(row["kind"], state): row["count"] for row in found.by_kind()}
    words = f"Jobs that have not ended. Of a state {MOST_COUNTED:,} are counted at most."
    yield gauge("desk_jobs", words, ["kind", "state"], counts)
    words = "How long the job has waited for a worker that waits longest."
    ages: dict[Labels, float] = {(each.kind,): each.seconds for each in waiting}
    yield gauge("desk_jobs_oldest_waiting_seconds", words, ["kind"], ages)


def of_workers() -> Iterator[Metric]:
    living = Worker.objects.living().values_list("listens", flat=True)
    counts = Counter("yes" if listens else "no" for listens in living)
    words = "Workers that live, by whether they listen to the broker."
    yield gauge("desk_workers", words, ["listens"], {(word,): counts[word] for word in ("yes", "no")})


def of_sources() -> Iterator[Metric]:
    """What the rate limiter knows."""
    next_turn: dict[Labels, float] = {}
    blocked: dict[Labels, float] = {}
    refusals: dict[Labels, float] = {}
    rows = RateLimit.objects.order_by("source").annotate(now=Now())
    for row in rows[:MOST_SOURCES]:
        label = (row.source,)
        next_turn[label] = max(0.0, (row.next_at - row.now).total_seconds())
        blocked[label] = max(0.0, (row.blocked_until - row.now).total_seconds()) if row.blocked_until else 0.0
        refusals[label] = row.strikes
    yield gauge("desk_source_next_turn_seconds", "How long until the next request may go out.", ["source"], next_turn)
    yield gauge("desk_source_blocked_seconds", "How long nobody asks it, since it said so.", ["source"], blocked)
    yield gauge("desk_source_refusals", "How often in a row it refused.", ["source"], refusals)


def of_ended_jobs(kinds: Kinds) -> Iterator[Metric]:
    ended = CounterMetricFamily("desk_jobs_ended", "Jobs that have ended.", labels=["kind", "state"])
    again = CounterMetricFamily(
        "desk_jobs_notified_again",
        "Notifications that ended jobs needed beside their first: it was lost, or nobody was free.",
        labels=["kind"],
    )
    spans = {
        "wait": HistogramMetricFamily("desk_job_wait_seconds", "From a request to its start.", labels=["kind"]),
        "run": HistogramMetricFamily(
            "desk_job_run_seconds", "From an attempt's start to its end, pauses included.", labels=["kind"]
        ),
    }
    for kind, figures in sorted(kinds.items()):
        for state, count in figures["ended"].items():
            ended.add_metric([kind, state], count)
        again.add_metric([kind], figures["notified_again"])
        for name, family in spans.items():
            add_histogram(family, kind, figures.get(name, {}))
    yield from (ended, again, *spans.values())


def add_histogram(family: HistogramMetricFamily, kind: str, histogram: dict[str, Any]) -> None:
    buckets, so_far = [], 0
    for bound in map(str, BOUNDS):
        so_far += histogram.get(bound, 0)
        buckets.append((bound, so_far))
    total = sum(count for bound, count in histogram.items() if bound != "sum")  # bounds of an older version, too
    family.add_metric([kind], [*buckets, ("+Inf", total)], histogram.get("sum", 0.0))


class OfRows(Collector):
    """The gauges are kept for some seconds. Counters are not: of two processes the one must not know less."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: list[Metric] = []
        self.until = 0.0

    def collect(self) -> Iterator[Metric]:
        answers = True
        try:
            yield from self.gauges()
            yield from of_ended_jobs(counted())
        except (DatabaseError, InterfaceError) as fault:
            if not is_unavailable(fault):
                raise
            answers = False
        yield gauge("desk_database_up", "Whether the database answers.", [], {(): float(answers)})

    def gauges(self) -> list[Metric]:
        with self.lock:
            if time.monotonic() >= self.until:
                self.kept = [*of_jobs(), *of_workers(), *of_sources()]
                self.until = time.monotonic() + KEPT
            return self.kept
