"""What scans do to the catalogue: the first one of a book brings it, the others add copies or find it there.

All of it inside the caller's transaction, books locked in the order of their numbers: so two who scan the same books
never wait for each other in a circle.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import F

from task.books.carts import look_ups
from task.books.carts.models import Scan
from task.books.models import Book, CopyChange
from task.books.search import index
from task.jobs.models import Job

LOCKED = ("isbn", "number", "title", "state", "job", "copies", "ordered", "location", "removed_at")


@dataclass(frozen=True)
class Row:
    """A scan that is about to be saved."""

    scan: Scan
    number: str  # of its book; "" where it was refused
    counts: bool  # a copy, where its book is in the catalogue


def locked(**which: Any) -> Iterable[Book]:
    books: Iterable[Book] = (
        Book.with_removed.select_for_update(of=("self",)).filter(**which).order_by("number").only(*LOCKED)
    )
    return books


def apply(
    by: Any, rows: Sequence[Row], unique_key: str | None = None, why: Any = CopyChange.Why.SCAN,
    countdown: float | None = None,
) -> Job | None:  # fmt: skip
    """Give each row its book and its effect, and the books their copies. Those that are new get one look-up."""
    wanted = sorted({row.number for row in rows if row.number})
    cart = next((row.scan.cart for row in rows if row.number), None)
    earlier = look_ups.earlier(cart, unique_key) if cart else None
    books = {book.number: book for book in locked(number__in=wanted)}
    unknown = {number: None for number in wanted if number not in books or _must_be_looked_up(books[number])}
    job: Job | None = None
    if unknown:
        bring = partial(_bring, list(unknown), set(books), by)
        options = {"owner": by, "unique_key": unique_key, "countdown": countdown}
        job = look_ups.look_up(list(unknown), cart, earlier, bring, **options)
        books |= {book.number: book for book in locked(number__in=[n for n in unknown if n not in books])}
    fresh = {
        number
        for number, book in books.items()
        if book.removed_at or (job and number in unknown and book.job_id == job.pk)
    }
    back = [book.pk for book in books.values() if book.removed_at]
    Book.with_removed.filter(pk__in=back).update(removed_at=None)
    more: Counter[int] = Counter()
    places: dict[int, list[int]] = {}
    changes: list[CopyChange] = []
    for row in rows:
        if not row.number:
            continue
        scan, book = row.scan, books[row.number]
        scan.book = book
        is_first = row.number in fresh
        fresh.discard(row.number)
        location = scan.cart.location_id
        if location and (is_first or book.location_id is None):
            places.setdefault(location, []).append(book.pk)
        if is_first:
            scan.effect = Scan.Effect.BROUGHT
        elif row.counts and scan.quantity:
            scan.effect = Scan.Effect.COPY
            changes.append(CopyChange(book=book, change=scan.quantity, by=by, why=why))
        else:
            scan.effect, scan.quantity = Scan.Effect.KNOWN, 0
        more[book.pk] += scan.quantity
    add_copies(more)
    for location, keys in places.items():
        Book.objects.filter(pk__in=keys).update(location=location)
    CopyChange.objects.bulk_create(changes, batch_size=1000)
    index(back)
    return job


def add_copies(more: Counter[int]) -> None:
    """So many to each book (by its key), those with the same number at once. The books are locked."""
    for number in sorted(set(more.values()) - {0}):
        keys = [key for key, count in more.items() if count == number]
        Book.with_removed.filter(pk__in=keys).update(copies=F("copies") + number)


def _must_be_looked_up(book: Book) -> bool:
    """It was removed before it was found, so nobody looks for it any more."""
    return book.removed_at is not None and book.state != Book.State.FILLED


def _bring(unknown: Sequence[str], known: set[str], by: Any, job: Job) -> None:
    new = [Book(isbn=number, job=job, scanned_by_id=by.pk, copies=0) for number in unknown if number not in known]
    Book.objects.bulk_create(new, ignore_conflicts=True, batch_size=1000)
    Book.with_removed.filter(number__in=known.intersection(unknown), isbn__isnull=False).update(
        state=Book.State.WAITING, reason="", job=job, reserved_until=None, reserved_by=None
    )
