"""What the library has of a book, and where: copies, the location, and books that are removed for a while."""

from typing import Any

from django.db import transaction

from task.books import copies, record
from task.books.again import look_up_again
from task.books.carts.undo import KEPT_FOR
from task.books.changes import locked_book, write
from task.books.locations import location
from task.books.models import Book, CopyChange
from task.books.search import index
from task.jobs import Now


def change_copies(book: Book, by_how_many: int, by: Any, reason: str = "") -> str:
    """Add or take away copies; "" or, as a sentence, why nothing was changed."""
    if not by_how_many or copies.change(book.pk, by_how_many, by, CopyChange.Why.BY_HAND, reason):
        return ""
    book.refresh_from_db(fields=["copies", "ordered"])
    available = f"{book.copies:,} {'copy is' if book.copies == 1 else 'copies are'} available"
    ordered = f" {book.ordered:,} more {'is' if book.ordered == 1 else 'are'} ordered." if book.ordered else ""
    return f"Only {available}.{ordered} Nothing was changed."


def place(book: Book, room: str, shelf: str, by: Any) -> None:
    with transaction.atomic():
        if there := locked_book(book.pk):
            write(there, {"location": record.location_of(location(room, shelf))}, by)


def remove(book: Book, by: Any) -> bool:
    """Take it out of the catalogue with its copies. False: an order for it waits, or it is out already."""
    with transaction.atomic():
        there = Book.objects.select_for_update(of=("self",)).filter(pk=book.pk, ordered=0).first()
        if there is None:
            return False
        if there.copies:
            copies.change(there.pk, -there.copies, by, CopyChange.Why.REMOVED)
        Book.objects.filter(pk=there.pk).update(removed_at=Now())
        index([there.pk])
    return True


def put_back(book: Book, by: Any) -> bool:
    """Back into the catalogue, with the copies that left with it. False: it is there, or it is too late."""
    with transaction.atomic():
        gone = Book.with_removed.select_for_update(of=("self",)).filter(removed_at__gt=Now() - KEPT_FOR)
        there = gone.filter(pk=book.pk).first()
        if there is None:
            return False
        waits = {"state": Book.State.CANCELLED} if there.is_waiting else {}  # nobody looks for a removed book
        Book.with_removed.filter(pk=there.pk).update(removed_at=None, **waits)
        index([there.pk])
        last = CopyChange.objects.filter(book=there.pk).order_by("-id").first()
        if last and last.why == CopyChange.Why.REMOVED:
            copies.change(there.pk, -last.change, by, CopyChange.Why.PUT_BACK)
        if waits:
            look_up_again([there], by)
    return True
