"""Finding jobs by their words."""

import re
import uuid
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from django.db.models import Q

from task.jobs.engine.registry import KINDS, label_of
from task.jobs.models import Job, JobQuerySet
from task.jobs.pages.topics import jobs_about
from task.jobs.pages.words import INDEX, last_indexed
from task.kit.search.finding import MOST, find

# Of the newest each word is found wherever it stands, in what they came to, too: so many are read, and no more. Those
# before them are found by the index.
SEARCHED = 5_000
MOST_WORDS = 8
BEGINNING = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]){0,24}-?", re.IGNORECASE)  # of an id


class Searched(NamedTuple):
    jobs: JobQuerySet
    has_older: bool = False  # jobs that were not looked at
    more: bool = False  # than these


def search_jobs(jobs: JobQuerySet, reader: Any, text: str) -> Searched:
    """The reader's jobs that have all words of `text`.

    A word may stand in a job's title, at the beginning of one in what its kind is called, and for staff in the name of
    who requested it; among the newest `SEARCHED` in what it came to or why it failed. An id or its beginning finds its
    job, and what a job is about finds it, too.
    """
    words = text.split()[:MOST_WORDS]
    if not words:
        return Searched(jobs)
    if (number := _id_of(words[0])) is not None:
        return Searched(jobs.filter(pk=number))
    own = Job.objects.seen_by(reader)
    newest, oldest = newest_of(jobs, own)
    about, begins = Q(pk__in=jobs_about(" ".join(text.split()))), _begins(words)
    found = newest.filter(reduce(and_, (_has(word, reader) for word in words)) | about | begins)
    if oldest is None:
        return Searched(found)
    indexed = find(INDEX, text, None if reader.is_staff else reader, by_name=reader.is_staff)
    keys = [
        *found.newest_first().values_list("pk", flat=True)[:MOST],
        *(uuid.UUID(str(key)) for key in indexed.keys),
        *own.filter(about).values_list("pk", flat=True),
        *own.filter(begins).values_list("pk", flat=True)[:MOST],
    ]
    last = last_indexed()
    return Searched(jobs.filter(pk__in=keys), last is None or last[0] < oldest, indexed.more)


def newest_of(jobs: JobQuerySet, of: JobQuerySet) -> tuple[JobQuerySet, Any]:
    """Those of `jobs` that are among the `SEARCHED` newest `of` these; and when the first before them came, if any."""
    times = of.newest_first().values_list("created", flat=True)
    last = list(times[SEARCHED - 1 : SEARCHED + 1])  # of those that are read, and the first that is not
    return (jobs.filter(created__gte=last[0]) if last else jobs), (last[1] if len(last) > 1 else None)


def _has(word: str, reader: Any) -> Q:
    kinds = [name for name in KINDS if any(part.startswith(word.lower()) for part in label_of(name).lower().split())]
    found = Q(title__icontains=word) | Q(message__icontains=word) | Q(error__icontains=word) | Q(kind__in=kinds)
    return found | Q(owner__username__icontains=word) if reader.is_staff else found


def _begins(words: list[str]) -> Q:
    """Jobs whose id begins so."""
    if len(words) > 1 or not BEGINNING.fullmatch(words[0]):
        return Q(pk__in=())
    digits = words[0].replace("-", "").lower()
    return Q(pk__range=(uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))))


def _id_of(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(word)
    except ValueError:
        return None
