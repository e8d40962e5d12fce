"""Books by their number: an ISBN in either length or a part of it, or a number of the library."""

from task.books.models import Book, to_number
from task.books.search.matching import matching
from task.kit.lists import prefix
from task.kit.one_of import one_of
from task.kit.search.numbers import PART, digits_of, spellings, with_part

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


def _with_part(digits: str, most: int) -> list[int]:
    rows, _ = matching(with_part(digits), most)
    some = Book.objects.filter(one_of("pk", (row.book for row in rows))).order_by("isbn").values_list("pk", "isbn")
    return [pk for pk, isbn in some if any(digits in spelling for spelling in spellings(isbn or ""))]
