"""Why a book waits longer than its few seconds: its job has been put off, and until when."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.utils.html import format_html

from task.books.models import Book
from task.face.drawing.times import when
from task.jobs import Now
from task.jobs.models import Job
from task.jobs.pages.status import COLUMNS, JobStatus, status_of

SHORT = timedelta(seconds=3)  # a pause that nobody need be told of


def set_pauses(books: Iterable[Book]) -> None:
    """Give each waiting book its `pause`: a sentence, or "". One query, and none when no book waits."""
    waiting = [book for book in books if book.is_waiting]
    sentences = pauses_of({book.job_id for book in waiting if book.job_id})
    for book in waiting:
        book.pause = sentences.get(book.job_id, "") if book.job_id else ""


def pause_of(book: Book) -> str:
    """Of a book that waits for its look-up, or that is looked up again."""
    job = book.job_id if book.is_waiting else book.refresh_job_id if book.is_refreshing else None
    return pauses_of([job]).get(job, "") if job else ""


def pauses_of(jobs: Collection[UUID]) -> dict[UUID, str]:
    """The sentence of each of these jobs that has been put off. No query for none."""
    if not jobs:
        return {}
    put_off = Job.objects.filter(pk__in=jobs, run_after__gt=Now() + SHORT).queued().exclude(message="")
    return {job.pk: sentence(status_of(job)) for job in put_off.only(*COLUMNS)}


def sentence(status: JobStatus) -> str:
    """ "Open Library can't be reached. Next try at 16:47." """
    return format_html("{} Next try at {}.", status.message, when(status.next_try, "hour"))
