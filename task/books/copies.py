"""Every change of a book's copies after its first scan: applied where it stands, with who and why beside it."""

from typing import Any

from django.db import transaction
from django.db.models import F

from task.books.models import Book, CopyChange


def change(book: int, by_how_many: int, by: Any, why: CopyChange.Why, reason: str = "") -> bool:
    """Add copies, or take them where so many are available. False: they are not, and nothing has changed.

    Two hundred who do it at once add up: the row itself is counted on, never what a page has shown.
    """
    with transaction.atomic():
        enough = Book.objects.filter(pk=book, copies__gte=max(0, -by_how_many))
        if not enough.update(copies=F("copies") + by_how_many):
            return False
        CopyChange.objects.create(book_id=book, change=by_how_many, by=by, why=why, reason=reason)
    return True
