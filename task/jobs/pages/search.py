"""Finding jobs by their words."""

import uuid
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Q

from task.jobs.engine.registry import KINDS, label_of
from task.jobs.models import Job, JobQuerySet
from task.jobs.pages.topics import jobs_about

# Words may stand anywhere in a text, where no index helps: so many of the newest jobs are read, and no more.
SEARCHED = 5_000
MOST_WORDS = 8


def search_jobs(jobs: JobQuerySet, reader: Any, text: str) -> tuple[JobQuerySet, bool]:
    """Those of the reader's newest `SEARCHED` that have all words of `text`, and whether there are older ones.

    A word may stand in a job's title, in what it came to or why it failed, at the beginning of one in what its kind is
    called, and for staff in the name of who requested it. An id finds its job, and what a job is about finds it too.
    """
    words = text.split()[:MOST_WORDS]
    if not words:
        return jobs, False
    if (number := _id_of(words[0])) is not None:
        return jobs.filter(pk=number), False
    jobs, has_older = newest_of(jobs, Job.objects.seen_by(reader))
    found = Q(pk__in=jobs_about(" ".join(text.split())))
    return jobs.filter(reduce(and_, (_has(word, reader) for word in words)) | found), has_older


def newest_of(jobs: JobQuerySet, of: JobQuerySet) -> tuple[JobQuerySet, bool]:
    """Those of `jobs` that are among the `SEARCHED` newest `of` these, and whether there are older ones."""
    times = of.newest_first().values_list("created", flat=True)
    last = list(times[SEARCHED - 1 : SEARCHED + 1])  # of those that are read, and the first that is not
    return (jobs.filter(created__gte=last[0]) if last else jobs), len(last) > 1


def _has(word: str, reader: Any) -> Q:
    kinds = [name for name in KINDS if any(part.startswith(word.lower()) for part in label_of(name).lower().split())]
    found = Q(title__icontains=word) | Q(message__icontains=word) | Q(error__icontains=word) | Q(kind__in=kinds)
    return found | Q(owner__username__icontains=word) if reader.is_staff else found


def _id_of(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(word)
    except ValueError:
        return None
