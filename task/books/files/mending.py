"""A refused row of a file that somebody corrects before its books are added."""

from typing import Any

from django.db import transaction
from django.db.models import F

from task.books.carts.models import TEXT
from task.books.files.models import Upload, UploadRow
from task.books.files.reading import piece_of
from task.books.models import Book

Becomes = UploadRow.Becomes
NO_ISBN = "there is no ISBN in it"
TOO_LATE = "Its books are added already. Mend the row in its cart."


def mend(sent: Upload, place: int, text: str) -> str:
    """Read `text` in place of what the row at `place` has. A sentence where it can't be any more; "" else.

    What is no ISBN either stays refused, with its own reason.
    """
    with transaction.atomic():
        there = Upload.objects.select_for_update(of=("self",)).get(pk=sent.pk)
        if there.added:
            return TOO_LATE
        rows = UploadRow.objects.filter(upload=there, reading=there.reading)
        row = rows.filter(place=place, becomes=Becomes.REFUSED).first()
        if row is None or not text.strip():
            return ""
        piece = piece_of([text])
        row.text, row.isbn = text.strip()[:TEXT], piece.isbn if piece else ""
        row.fault = "" if row.isbn else (piece.fault if piece else NO_ISBN)[:300]
        row.offers, row.note = list(piece.offers) if piece else [], piece.note[:300] if piece else ""
        if row.isbn:
            row.becomes = what(rows, row.isbn)
            moved: dict[str, Any] = {"refused": F("refused") - 1, row.becomes: F(row.becomes) + 1}
            Upload.objects.filter(pk=there.pk).update(**moved)
        row.save()
    return ""


def what(rows: Any, isbn: str) -> str:
    if rows.filter(isbn=isbn).exists():
        return Becomes.DOUBLE
    return Becomes.HERE if Book.objects.filter(isbn=isbn).exists() else Becomes.LOOK_UP
