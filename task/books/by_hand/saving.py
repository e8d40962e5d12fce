"""A book that somebody writes down: one without an ISBN, or one that no source knows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from task.books.carts import effects
from task.books.carts.accept import cart_of, lock, stretch
from task.books.carts.models import TEXT, Cart, Scan
from task.books.fill import TABLES, link, plain_columns
from task.books.locations import location_named
from task.books.models import Book, LocalNumber, Named
from task.books.names import upsert
from task.books.sources.edition import Edition, Name, each_once, named
from task.jobs import Now
from task.kit.keys import fold_name

SOURCE = "by hand"
WRITABLE = ("title", "subtitle", "authors", "people", "subjects", "publishers", "publish_date", "pages")
OF_SOURCES = ("cover_url", "outside_id", "outside_url")


class InTheCatalogue(Exception):
    """A book with this ISBN is found already: `book`."""

    def __init__(self, book: Book) -> None:
        super().__init__(str(book))
        self.book = book


def save(
    edition: Edition, by: Any, name: UUID, isbn: str = "", copies: int = 1, location: str = "",
    cart: Cart | None = None, at: datetime | None = None,
) -> Book:  # fmt: skip
    """Save the book, and where it is new its row in the cart. What is sent twice under one `name` is one book.

    `cart` and `at` are those of a row of a file.

    What was written is locked: no source changes it. Raises InTheCatalogue.
    """
    with transaction.atomic():
        lock(by)
        before = Scan.objects.filter(owner=by, uuid=name).select_related("book").first()
        if before is not None and before.book is not None:
            return before.book
        book = next(iter(effects.locked(isbn=isbn)), None) if isbn else None
        is_there = book is not None and book.removed_at is None
        if book is None:
            book = Book(isbn=isbn or None, number=isbn or LocalNumber.next(), scanned_by=by, copies=0)
            book.save()
        elif is_there and book.state == Book.State.FILLED:
            if is_again(book, edition):
                return book
            raise InTheCatalogue(book)
        _write(book, edition)
        if place := location_named(location):
            Book.objects.filter(pk=book.pk).update(location=place)
        if not is_there:
            Book.objects.filter(pk=book.pk).update(copies=copies)
            _add_row(book, by, name, copies, cart, at or timezone.now())
    book.refresh_from_db()
    return book


def is_again(book: Book, edition: Edition) -> bool:
    """Whether the same was written down a moment ago: a second click finds what the first one saved."""
    there = Book.objects.only("title", "publish_date", "source").get(pk=book.pk)
    return (there.source, there.title, there.publish_date) == (SOURCE, edition.title, edition.publish_date)


def _write(book: Book, edition: Edition) -> None:
    Book.with_removed.filter(pk=book.pk).update(
        **plain_columns(edition, OF_SOURCES),
        locked=[field for field in WRITABLE if getattr(edition, field)],
        state=Book.State.FILLED,
        source=SOURCE,
        reason="",
        filled_at=Now(),
        not_found_at=None,
        reserved_until=None,
        reserved_by=None,
        removed_at=None,
    )
    for attribute, table, links in TABLES:
        link(links, {book.pk: edition}, attribute, upsert(table, [edition], attribute))


def _add_row(book: Book, by: Any, name: UUID, copies: int, file: Cart | None, at: datetime) -> None:
    cart = file or cart_of(by, at)
    stretch(cart, at)
    way = Scan.Way.FILE if file else Scan.Way.HAND
    Scan.objects.create(
        cart=cart, owner=by, uuid=name, at=at, way=way, text=book.isbn or str(book)[:TEXT], book=book,
        effect=Scan.Effect.BROUGHT, quantity=copies,
    )  # fmt: skip


def names_of(table: type[Named], lines: Iterable[str]) -> list[Name]:
    """Names that somebody wrote: those that are here already by their keys, the others new."""
    made = [name for name in map(named, lines) if name]
    folded = [fold_name(name.name) for name in made]
    here = table._default_manager.filter(name_key__in=folded).order_by("-id")  # of several the first stays
    known = dict(here.values_list("name_key", "key"))
    return each_once(Name(known.get(fold, name.key), name.name) for fold, name in zip(folded, made, strict=True))
