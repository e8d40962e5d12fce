"""What a scan becomes: books that wait for their look-up, in the transaction of its job."""

from collections.abc import Iterable, Sequence
from typing import Any

from task.books.models import Book
from task.jobs.models import Job


def arguments_of(new: Sequence[str]) -> dict[str, Any]:
    """Of the look-up of these ISBNs."""
    return {"count": len(new), **({"isbn": new[0]} if len(new) == 1 else {})}


def save_waiting(new: Iterable[str], job: Job, scanned_by: Any) -> None:
    # Sorted: two scans of the same new books would else wait for each other in a circle on PostgreSQL.
    books = [Book(isbn=isbn, job=job, scanned_by_id=scanned_by) for isbn in sorted(new)]
    Book.objects.bulk_create(books, ignore_conflicts=True, batch_size=1000)
