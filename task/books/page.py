"""What a book's page shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Prefetch

from task.books.changes import BY_HAND
from task.books.models import Author, Book, BookAuthor

SHOWN = 7  # books on a shelf


@dataclass(frozen=True)
class Fact:
    """A row of “About this edition”: what, and who gave it."""

    name: str
    label: str
    value: str
    source: str
    locked: bool
    writer: str


# What is not shown elsewhere on the page comes with its value; of the others a lock alone makes a row.
ROWS = (
    ("title", "Title"), ("subtitle", "Subtitle"), ("authors", "Authors"), ("publishers", "Publisher"),
    ("publish_date", "Published"), ("pages", "Pages"), ("language", "Language"), ("series", "Series"),
    ("edition_note", "Edition"), ("note", "Note"),
)  # fmt: skip
IN_THE_BAND = ("title", "authors")


def facts(book: Book, authors: list[Author], writers: Mapping[str, str]) -> list[Fact]:
    """Empty fields have no row."""
    values = {name: getattr(book, name) for name, _ in ROWS if name != "authors"}
    values["authors"] = [author.name for author in authors]
    values["pages"] = f"{book.pages:,}" if book.pages else ""
    values["series"] = ", ".join(part for part in (book.series, book.series_number) if part)
    rows = []
    for name, label in ROWS:
        value = values[name]
        is_locked = name in book.locked or (name == "series" and "series_number" in book.locked)
        if value and (is_locked or name not in IN_THE_BAND):
            words = ", ".join(value) if isinstance(value, list) else value
            rows.append(fact(book, name, label, words, writers, is_locked))
    return rows


def fact(book: Book, name: str, label: str, value: str, writers: Mapping[str, str], is_locked: bool) -> Fact:
    source = book.origin_of(name)
    writer = writers.get(name) or BY_HAND
    return Fact(name, label, value, "" if source == BY_HAND and is_locked else source, is_locked, writer)


def more_by(book: Book, authors: list[Author]) -> tuple[Author | None, list[Book]]:
    """The first author with other books here, and the newest of these."""
    for author in authors[:3]:
        links = BookAuthor.objects.filter(author=author.pk).exclude(book=book.pk).order_by("-book_id")
        books = [link.book for link in links.prefetch_related(Prefetch("book", Book.objects.for_list()))[:SHOWN]]
        if books:
            return author, books
    return None, []
