"""A book that somebody writes down: one without an ISBN, or one that no source knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from task.books.carts import effects
from task.books.carts.accept import cart_of, lock, stretch
from task.books.carts.models import TEXT, Cart, Scan
from task.books.changes import BY_HAND as SOURCE
from task.books.changes import first_given
from task.books.filing import refile
from task.books.fill import TABLES, link, plain_columns
from task.books.locations import location, location_named
from task.books.models import Book, BookChange, FormerNumber, LocalNumber, Named
from task.books.names import upsert
from task.books.record import OF_SOURCES
from task.books.search import index
from task.books.sources.edition import Edition, Name, each_once, named
from task.jobs import Now
from task.kit.keys import fold_name

NOT_WRITTEN = ("cover_url", "outside_id", "outside_url")


class InTheCatalogue(Exception):
    """A book with this ISBN is found already: `book`."""

    def __init__(self, book: Book) -> None:
        super().__init__(str(book))
        self.book = book


def save(edition: Edition, by: Any, name: UUID, isbn: str = "", copies: int = 1, location: str = "") -> Book:
    """Save the book, and where it is new its row in the cart. What is sent twice under one `name` is one book.

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
        _write(book, edition, by)
        if place := location_named(location):
            Book.objects.filter(pk=book.pk).update(location=place)
        if not is_there:
            Book.objects.filter(pk=book.pk).update(copies=copies)
            _add_row(book, by, name, copies)
    book.refresh_from_db()
    return book


def is_again(book: Book, edition: Edition) -> bool:
    """Whether the same was written down a moment ago: a second click finds what the first one saved."""
    there = Book.objects.only("title", "publish_date", "source").get(pk=book.pk)
    return (there.source, there.title, there.publish_date) == (SOURCE, edition.title, edition.publish_date)


def _write(book: Book, edition: Edition, by: Any) -> None:
    released = {"reserved_until": None, "reserved_by": None, "removed_at": None}
    # At night the sources are asked for the rest.
    asked = Now() if book.isbn else None
    Book.with_removed.filter(pk=book.pk).update(
        **_columns(edition), **released, given={}, reason="", not_found_at=asked
    )
    for attribute, table, links in TABLES:
        link(links, {book.pk: edition}, attribute, upsert(table, [edition], attribute))
    refile([book.pk])
    first_given(book.pk, edition, written_in(edition), by).save()
    index([book.pk])


def written_in(edition: Edition) -> list[str]:
    return sorted(field for field in OF_SOURCES if getattr(edition, field))


def _columns(edition: Edition) -> dict[str, Any]:
    return {
        **plain_columns(edition, NOT_WRITTEN),
        "locked": written_in(edition),
        "state": Book.State.FILLED,
        "source": SOURCE,
        "filled_at": Now(),
    }


def _add_row(book: Book, by: Any, name: UUID, copies: int) -> None:
    at = timezone.now()
    cart = cart_of(by, at)
    stretch(cart, at)
    Scan.objects.create(
        cart=cart, owner=by, uuid=name, at=at, way=Scan.Way.HAND, text=book.isbn or str(book)[:TEXT], book=book,
        effect=Scan.Effect.BROUGHT, quantity=copies,
    )  # fmt: skip


@dataclass
class Entry:
    """A row of a file that has no ISBN."""

    edition: Edition
    name: UUID
    at: datetime
    copies: int
    location: tuple[str, str]  # room and shelf
    number: str = ""  # the local number that it had elsewhere


def save_rows(entries: Sequence[Entry], by: Any, cart: Cart) -> None:
    """A new book of each, and its row in the cart, by few statements; in the caller's transaction.

    Names before books, as all who write both: so none of them waits for another in a circle.
    """
    if not entries:
        return
    editions = [entry.edition for entry in entries]
    keys = {attribute: upsert(table, editions, attribute) for attribute, table, _ in TABLES}
    places = {parts: location(*parts) for parts in sorted({entry.location for entry in entries})}
    numbers = numbers_of([entry.number for entry in entries])
    books = Book.objects.bulk_create(
        Book(number=number, scanned_by=by, copies=entry.copies, location=places[entry.location],
             **_columns(entry.edition))
        for number, entry in zip(numbers, entries, strict=True)
    )  # fmt: skip
    filled = {book.pk: edition for book, edition in zip(books, editions, strict=True)}
    for attribute, _, links in TABLES:
        link(links, filled, attribute, keys[attribute])
    refile(filled)
    BookChange.objects.bulk_create(first_given(pk, edition, written_in(edition), by) for pk, edition in filled.items())
    index(filled)
    Scan.objects.bulk_create(
        Scan(cart=cart, owner=by, uuid=entry.name, at=entry.at, way=Scan.Way.FILE, text=book.number, book=book,
             effect=Scan.Effect.BROUGHT, quantity=entry.copies, note=note_of(entry.number, book.number))
        for book, entry in zip(books, entries, strict=True)
    )  # fmt: skip


FURTHEST = 10_000_000  # a number that a file brings may push the next one up to here


def numbers_of(wanted: Sequence[str]) -> list[str]:
    """A local number for each: the one that is wanted where no book has it or had it, else the next one."""
    LocalNumber.next_few(0)  # its row is locked: nobody else takes one meanwhile
    asked = {number for number in wanted if number and int(number[1:]) <= FURTHEST}
    taken = set(Book.with_removed.filter(number__in=asked).values_list("number", flat=True))
    taken |= set(FormerNumber.objects.filter(number__in=asked).values_list("number", flat=True))
    free = asked - taken
    LocalNumber.reach(max((int(number[1:]) for number in free), default=0))
    given = [number if number in free and number not in wanted[:place] else "" for place, number in enumerate(wanted)]
    others = iter(LocalNumber.next_few(given.count("")))
    return [number or next(others) for number in given]


def note_of(wanted: str, number: str) -> str:
    return f"{wanted} is another book's number here, so this book is {number}." if wanted not in ("", number) else ""


def names_of(table: type[Named], lines: Iterable[str]) -> list[Name]:
    """Names that somebody wrote: those that are here already by their keys, the others new."""
    return names_of_each(table, [lines])[0]


def names_of_each(table: type[Named], lists: Iterable[Iterable[str]]) -> list[list[Name]]:
    return known(table, [[name for name in map(named, lines) if name] for lines in lists])


def known(table: type[Named], made: Sequence[Sequence[Name]]) -> list[list[Name]]:
    """Each list once, a name that is here already by its key; instead of an alias the one that remains."""
    folded = {fold_name(name.name) for names in made for name in names}
    # Of several the first stays, and one that remains before an alias.
    here = table._default_manager.filter(name_key__in=folded).order_by(F("merged_into").desc(nulls_last=True), "-id")
    led_to = ("merged_into__key", "merged_into__name")
    there = {
        name_key: (into or key, name) for name_key, key, into, name in here.values_list("name_key", "key", *led_to)
    }

    def as_linked(name: Name) -> Name:
        key, instead = there.get(fold_name(name.name), (name.key, None))
        return Name(key, instead or name.name)

    return [each_once(map(as_linked, names)) for names in made]
