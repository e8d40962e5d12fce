"""The index of the catalogue: a row a book that has a title, written in the transaction that changes the book."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from task.books.models import Book, IndexedBook, Link, Named
from task.books.models.index import BEGINNING
from task.books.record import NAMES
from task.kit.search.numbers import parts_of
from task.kit.search.words import beginning, kept

A_STATEMENT = 500  # books
TITLE, LIST, NOTE = 2_000, 20_000, 2_000  # letters that are kept of a field
FIELDS = ("title", "subtitle", "isbn", "publishers", "series", "series_number", "edition_note", "note")


def index(books: Iterable[int]) -> None:
    """Of these books (by their keys) what is there now, at the end of the transaction that has changed them.

    In the order of their keys, after all else is locked: so none who does it waits for another in a circle.
    """
    keys = sorted(set(books))
    for start in range(0, len(keys), A_STATEMENT):
        _write(keys[start : start + A_STATEMENT])


def _write(keys: list[int]) -> None:
    rows = rows_of(keys)
    if gone := set(keys) - {row.book_id for row in rows}:
        IndexedBook.objects.filter(pk__in=gone).delete()
    IndexedBook.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["book"], update_fields=["beginning", "title", "authors", "others"]
    )


def rows_of(keys: list[int]) -> list[IndexedBook]:
    """What the index should have of them: nothing of one that is removed, or has no title."""
    titled = Book.objects.filter(pk__in=keys).exclude(title="").order_by("pk").values("pk", *FIELDS)
    names = {attribute: _names(links, keys) for attribute, (_, links) in NAMES.items()}
    return [_row(book, {attribute: of[book["pk"]] for attribute, of in names.items()}) for book in titled]


def _names(links: type[Link], keys: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    order = ("position", "pk") if links.target == "author" else ("pk",)
    for book, name in (
        links._base_manager.filter(book__in=keys).order_by(*order).values_list("book", f"{links.target}__name")
    ):
        found[book].append(name)
    return found


def _row(book: dict[str, Any], names: dict[str, list[str]]) -> IndexedBook:
    lists = (*names["subjects"], *names["people"], *map(str, book["publishers"]))
    texts = (book["series"], book["series_number"], book["edition_note"], book["note"])
    others = (kept(" ".join(lists), LIST), kept(" ".join(texts), NOTE), " ".join(parts_of(book["isbn"] or "")))
    return IndexedBook(
        book_id=book["pk"],
        beginning=beginning(book["title"])[:BEGINNING],
        title=kept(f"{book['title']} {book['subtitle']}", TITLE),
        authors=kept(" ".join(names["authors"]), LIST),
        others=" ".join(filter(None, others)),
    )


# Names


def books_of(table: type[Named], keys: Iterable[int]) -> list[int]:
    """The books of these authors, people or subjects."""
    links = next(links for named, links in NAMES.values() if named is table)
    rows = links._base_manager.filter(**{f"{links.target}__in": list(keys)})
    return sorted(set(rows.values_list("book", flat=True)))
