"""Why a book waits longer than its few seconds: its job has been put off, and until when."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from task.books.models import Book
from task.jobs import Now
from task.jobs.models import Job

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
    sentences = {
        pk: sentence(message, at) for pk, message, at in put_off.values_list("pk", "message", "run_after") if at
    }
    for book in waiting:
        book.pause = sentences.get(book.job_id, "") if book.job_id else ""


def sentence(reason: str, at: datetime) -> str:
    """ "Open Library can't be reached. We try again by ourselves at 16:47 UTC." """
    return f"{reason} We try again by ourselves at {timezone.localtime(at):%H:%M %Z}."
