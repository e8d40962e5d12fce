"""By which words old jobs are found: their titles, what they were called with, and what they are about.

A job is a row that many are made of in a moment, and their index is nothing that anybody waits for. So none is written
with a job: each hour another job indexes those that have come since. Until then they are among the newest, which a
search reads (`pages.search`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.dateparse import parse_datetime

from task.jobs.conf import conf
from task.jobs.engine.clock import Now
from task.jobs.engine.registry import label_of
from task.jobs.models import IndexedJob, Job
from task.jobs.pages.topics import set_topics
from task.kit.lists import beyond
from task.kit.search.finding import words_of
from task.kit.search.matching import Index
from task.kit.search.upkeep import Behind, came_lately

INDEX = Index("jobs_indexedjob", "id", words="jobs_words", columns=("text",), shown=("job_id",))
A_STEP = 200
MOST_VALUES, LONGEST = 50, 200  # values of its arguments, and letters of one
ORDER = ("created", "id")


def last_indexed() -> tuple[datetime, UUID] | None:
    """The newest job that is indexed; all older ones are."""
    rows = IndexedJob.objects.order_by("-id").values_list("job__created", "job_id")
    found: tuple[datetime, UUID] | None = rows.first()
    return found


def behind(after: Any) -> Behind:
    """Those that were committed for sure: a step that makes some may take as long as a step may."""
    settled = Job.objects.filter(created__lt=Now() - timedelta(seconds=conf.STEP_LIMIT_SECONDS + 60))
    jobs = settled.only(*ORDER, "kind", "title", "arguments", "owner").order_by(*ORDER)
    position: Any = (parse_datetime(after[0]), UUID(after[1])) if after else last_indexed()
    while some := list((jobs.filter(beyond(ORDER, position)) if position else jobs)[:A_STEP]):
        position = (some[-1].created, some[-1].pk)
        yield rows_of(some), [some[-1].created.isoformat(), some[-1].pk.hex]


def left_over() -> QuerySet[IndexedJob]:
    """Of jobs that code has deleted that knows no index."""
    if not came_lately("jobs", "0009_search"):
        return IndexedJob.objects.none()
    return IndexedJob.objects.filter(~Exists(Job.objects.filter(pk=OuterRef("job")))).only("pk")


def rows_of(jobs: Sequence[Job]) -> list[IndexedJob]:
    set_topics(jobs)
    return [IndexedJob(job=job, text=_text(job)) for job in jobs]


def _text(job: Job) -> str:
    values = list(_values(job.arguments))[:MOST_VALUES]
    isbns = [value for value in values if len(value) == 13 and value.isdecimal()]
    words = (job.title, job.topic, label_of(job.kind), *values)
    return words_of(*words, isbn=isbns[0] if isbns else "", owner=job.owner_id)


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _values(each)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)[:LONGEST]
