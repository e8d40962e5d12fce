"""Why a book waits longer than its few seconds: its job has been put off, and until when."""

from collections.abc import Iterable
from datetime import timedelta

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
    for book in waiting:
        book.pause = ""
    jobs = {book.job_id for book in waiting if book.job_id}
    if not jobs:
        return
    put_off = Job.objects.filter(pk__in=jobs, run_after__gt=Now() + SHORT).queued().exclude(message="")
    sentences = {job.pk: sentence(status_of(job)) for job in put_off.only(*COLUMNS)}
    for book in waiting:
        book.pause = sentences.get(book.job_id, "") if book.job_id else ""


def sentence(status: JobStatus) -> str:
    """ "Open Library can't be reached. Next try at 16:47." """
    return format_html("{} Next try at {}.", status.message, when(status.next_try, "hour"))
