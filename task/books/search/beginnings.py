"""Names and titles by their beginnings, along indexes of their own: all that was searched before the index."""

import re
from typing import Any

from task.books.isbn import compact, to_isbn13
from task.books.models import Author, Book, BookAuthor
from task.kit.keys import fold_name
from task.kit.lists import prefix
from task.kit.one_of import one_of

# Candidates are taken from the indexes first, at most so many a column. A condition "title or author begins with"
# would leave the database the choice between sorting all that match and reading all that do not.
MOST = 500


def found_under(model: Any, text: str) -> list[int]:
    """Authors or people whose name, as it is spoken or as it is filed, begins with `text`."""
    key = fold_name(text.replace(",", " "))
    found: dict[int, None] = {}
    for column in ("name_key", "filing_key"):
        rows = model.objects.remaining().filter(prefix(column, key)).order_by(column, "id")
        found |= dict.fromkeys(rows.values_list("pk", flat=True)[:MOST])
    return list(found)


def old_search(text: str) -> tuple[list[int], bool]:
    """Books by the beginning of title, author or ISBN, by title; and whether there are more."""
    if not fold_name(text)[:200]:
        return [], False
    lists = [
        _first(Book.objects.titled(text, MOST + 1)),
        _first(BookAuthor.objects.filter(author__in=found_under(Author, text)), "book"),
    ]
    digits = compact(text)
    if isbn := to_isbn13(text):
        lists.append(_first(Book.objects.filter(isbn=isbn)))
    elif re.fullmatch(r"\d{3,12}", digits):
        lists.append(_first(Book.objects.filter(prefix("isbn", digits)).order_by("isbn")))
    keys = {key for keys in lists for key in keys[:MOST]}
    books = Book.objects.filter(one_of("pk", keys)).order_by("title_key", "id").values_list("pk", flat=True)
    return list(books), any(len(keys) > MOST for keys in lists)


def _first(rows: Any, column: str = "pk") -> list[int]:
    return list(rows.values_list(column, flat=True)[: MOST + 1])
