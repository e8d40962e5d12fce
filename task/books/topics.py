"""What look-ups are about: their books, by whose ISBN or title they are found."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import OuterRef, Subquery

from task.books.models import Book
from task.books.tasks import look_up_title
from task.jobs.models import Job
from task.jobs.pages.topics import MOST


def words_of(ids: Sequence[UUID]) -> dict[UUID, str]:
    """One of a job's books, and how many there are besides."""
    own = Book.objects.filter(job=OuterRef("pk")).order_by("state", "id")  # as the index has them
    rows = Job.objects.filter(pk__in=ids).annotate(book=Subquery(own.values("pk")[:1]))
    found = list(rows.values_list("pk", "book", "title", "arguments"))
    books = Book.objects.only("title", "number").in_bulk({book for _, book, _, _ in found if book})
    return {
        pk: _words(books[book], title, arguments.get("count", 1))
        for pk, book, title, arguments in found
        if book in books
    }


def _words(book: Book, title: str, count: int) -> str:
    """What the title of the job does not say."""
    if count > 1:
        return f"{book.heading} and {count - 1:,} more"
    return book.number if book.title and title == look_up_title(book.title) else book.title


def jobs_about(text: str) -> list[UUID]:
    jobs = list(Book.objects.numbered(text).values_list("job_id", flat=True)[:1])
    if not jobs:
        jobs = list(Book.objects.titled(text, MOST).values_list("job_id", flat=True)[:MOST])
    return [pk for pk in jobs if pk]
