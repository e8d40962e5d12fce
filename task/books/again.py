"""A person wants a book looked up again: one without a title waits again, a found one stays found."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from task.books.models import RETRYABLE, Book
from task.books.scans import arguments_of
from task.books.tasks import look_up_books, refresh_book
from task.jobs import Now
from task.jobs.models import Job


def look_up_again(books: Iterable[Book], owner: Any, unique_key: str | None = None) -> Job | None:
    """Put those that were not found, or failed, back to waiting with one job of their own. None: there are none."""
    with transaction.atomic():
        waits = Book.objects.filter(pk__in=[book.pk for book in books], state__in=RETRYABLE)
        isbns = list(waits.order_by("id").select_for_update().values_list("isbn", flat=True))
        if not isbns:
            return None
        job = look_up_books.apply_async(kwargs=arguments_of(isbns), owner=owner, unique_key=unique_key)
        state = {"state": Book.State.WAITING, "reason": "", "job": job}
        Book.objects.filter(isbn__in=isbns).update(**state, reserved_until=None, reserved_by=None)
    return job


def refresh(book: Book, owner: Any, unique_key: str | None = None) -> Job | None:
    """Look a found book up again; it stays found and can be ordered. None: there is none, or a job does it already."""
    title = f"Look up {book.heading} again"
    with transaction.atomic():
        found = Book.objects.filter(pk=book.pk, state=Book.State.FILLED, isbn__isnull=False, refresh_requested=None)
        if not found.update(refresh_requested=Now()):
            return None
        job = refresh_book.apply_async(
            kwargs={"isbn": book.isbn}, owner=owner, unique_key=unique_key, rows=lambda job: {"title": title}
        )
        Book.objects.filter(pk=book.pk).update(refresh_job=job)
    return job


def look_up_one_again(book: Book, owner: Any, unique_key: str | None = None) -> Job | None:
    """None: `why_not` says why."""
    return look_up_again([book], owner, unique_key) or refresh(book, owner, unique_key)


def why_not(book: Book) -> str:
    if not book.isbn:
        return f"{book.number} has no ISBN to look it up by."
    return f"{book.isbn} is being looked up already."
