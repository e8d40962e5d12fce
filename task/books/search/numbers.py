"""Books by their number: an ISBN in either length or a part of it, or a number of the library."""

import re

from task.books.models import Book, to_number
from task.books.search.indexing import PART, pieces_of, spellings
from task.books.search.matching import matching
from task.books.search.query import Query, Term
from task.kit.lists import prefix

NUMBER = re.compile(r"[\d\s‐‑–-]{3,30}[xX]?", re.ASCII)
SHORTEST = 3  # digits of a beginning


def numbered(text: str, most: int) -> list[int]:
    """The book of this number, else those whose ISBN begins so, else those that have these digits anywhere."""
    if number := to_number(text):
        return list(Book.objects.filter(number=number).values_list("pk", flat=True))
    digits = digits_of(text)
    if len(digits) < SHORTEST:
        return []
    found: dict[int, None] = {}
    for start in (digits, f"978{digits}"):
        rows = Book.objects.filter(prefix("isbn", start)).order_by("isbn")
        found |= dict.fromkeys(rows.values_list("pk", flat=True)[:most])
    if len(digits) >= PART:
        found |= dict.fromkeys(_with_part(digits, most))
    return list(found)[:most]


def digits_of(text: str) -> str:
    """Of what may be an ISBN, or a part of one; "" for anything else."""
    return re.sub(r"[^\dX]", "", text.upper()) if NUMBER.fullmatch(text.strip()[:40]) else ""


def _with_part(digits: str, most: int) -> list[int]:
    rows, _ = matching(Query(tuple(Term((piece,)) for piece in pieces_of(digits))), most)
    some = Book.objects.filter(pk__in=[row.book for row in rows]).order_by("isbn").values_list("pk", "isbn")
    return [pk for pk, isbn in some if any(digits in spelling for spelling in spellings(isbn or ""))]
