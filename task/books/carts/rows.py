"""The rows of a cart as its page, its CSV and the API tell them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Prefetch

from task.books.carts import large
from task.books.carts.figures import Figures, walk
from task.books.carts.models import Cart, Scan, ScanState
from task.books.models import Author, Book
from task.books.photos.models import Photo


@dataclass
class Row:
    scan: Scan
    cart: Cart
    number: int  # its place in the pile
    after: Book | None = None  # of one that needs work: the nearest books with a title
    before: Book | None = None
    undone_by: str = ""
    has_photo: bool = False  # until the cart is closed

    @property
    def book(self) -> Book | None:
        return self.scan.book

    @property
    def state(self) -> ScanState:
        return self.scan.state

    @property
    def needs_work(self) -> bool:
        return self.scan.needs_work

    @property
    def heading(self) -> str:
        """What it is called where it has no title."""
        return self.scan.book.heading if self.scan.book else self.scan.text

    @property
    def reason(self) -> str:
        if self.scan.state == ScanState.REFUSED:
            return self.scan.fault
        return self.scan.book.reason if self.needs_work and self.scan.book else ""

    @property
    def stays_in(self) -> Any:
        """The book's own location, where that is not the cart's."""
        book = self.scan.book
        if not self.cart.location_id or self.scan.undone or book is None or not book.location_id:
            return None
        return book.location if book.location_id != self.cart.location_id else None

    @property
    def can_be_undone(self) -> bool:
        return self.state in (ScanState.LOOKING_UP, ScanState.FOUND, ScanState.COPY)


def rows_of(cart: Cart, scans: Sequence[Scan], reader: Any) -> tuple[list[Row], Figures]:
    """These scans of the cart (`for_rows`) with their numbers and neighbours, and the figures of the whole cart."""
    figures, found = walk(cart, {scan.pk for scan in scans})
    if figures.capped:
        counted = large.counted(cart)
        figures, found = counted.figures, large.numbered(cart, scans, counted.starts)
    books = _titled([key for key in [*found.after.values(), *found.before.values()] if key], scans)
    people = _names({scan.undone_by_id for scan in scans if scan.undone_by_id}, reader)
    photos = _photos([scan.uuid for scan in scans if scan.way == Scan.Way.PHOTO], cart)
    rows = [
        Row(
            scan, cart, found.numbers.get(scan.pk, 0),
            books.get(found.after.get(scan.pk) or 0), books.get(found.before.get(scan.pk) or 0),
            people.get(scan.undone_by_id, "") if scan.undone_by_id else "", scan.uuid in photos,
        )
        for scan in scans
    ]  # fmt: skip
    return rows, figures


def _photos(names: Sequence[UUID], cart: Cart) -> set[UUID]:
    """Which of these still have their picture."""
    kept = Photo.objects.filter(cart=cart, uuid__in=names).exclude(small=b"") if names else Photo.objects.none()
    return set(kept.values_list("uuid", flat=True))


def _titled(keys: Sequence[int], scans: Sequence[Scan]) -> dict[int, Book]:
    """The books of these scans; most of them stand on the page already."""
    found = {scan.pk: scan.book for scan in scans if scan.book and scan.pk in keys}
    missing = set(keys) - set(found)
    if missing:
        authors = Author.objects.only("name").order_by("bookauthor__position", "bookauthor__id")
        others = Scan.objects.filter(pk__in=missing).only("book__number", "book__title", "book__cover")
        for scan in others.select_related("book").prefetch_related(Prefetch("book__authors", authors)):
            if scan.book:
                found[scan.pk] = scan.book
    return found


def _names(keys: Iterable[int], reader: Any) -> dict[int, str]:
    """Who it was, for staff; a member reads "you" or "staff"."""
    found = dict.fromkeys(keys, "staff")
    if reader.is_staff and found:
        users = get_user_model()._default_manager.filter(pk__in=found).only("username", "first_name", "last_name")
        found |= {user.pk: str(user) for user in users}
    return found | ({reader.pk: "you"} if reader.pk in found else {})
