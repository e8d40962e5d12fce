"""All of some books at once, by five queries: what a format writes of each."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from task.books.models import Book
from task.books.record import NAMES, PLAIN

COLUMNS = ("isbn", "number", *PLAIN, "cover_url", "outside_id", "source", "copies", "ordered", "created", "location",
           "location__room", "location__shelf")  # fmt: skip
NOT_HANDED_ON = ("dnb.de",)  # whose covers may be shown, and not passed on


@dataclass
class Record:
    book: Book
    authors: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)

    @property
    def room(self) -> str:
        return self.book.location.room if self.book.location else ""

    @property
    def shelf(self) -> str:
        return self.book.location.shelf if self.book.location else ""

    @property
    def cover_url(self) -> str:
        host = urlsplit(self.book.cover_url).hostname or ""
        kept = any(host == name or host.endswith(f".{name}") for name in NOT_HANDED_ON)
        return "" if kept else self.book.cover_url


def records_of(keys: list[int]) -> list[Record]:
    """In the order of their keys. Who was removed meanwhile is left out."""
    books = Book.objects.filter(pk__in=keys).select_related("location").only(*COLUMNS).order_by("pk")
    return with_names(list(books))


def with_names(books: list[Book]) -> list[Record]:
    records = {book.pk: Record(book) for book in books}
    for attribute, (_, links) in NAMES.items():
        rows: Any = links._base_manager.filter(book__in=list(records))
        order = ("position", "pk") if attribute == "authors" else (f"{links.target}__name_key", "pk")
        for pk, name in rows.order_by("book", *order).values_list("book", f"{links.target}__name"):
            getattr(records[pk], attribute).append(name)
    return list(records.values())
