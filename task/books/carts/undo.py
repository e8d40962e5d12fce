"""Undo takes back what a scan did, and nothing that anybody else has used since. Put back does it again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from task.books.carts import effects
from task.books.carts.models import Cart, Scan
from task.books.models import Book, CopyChange
from task.books.search import index
from task.jobs import Now

KEPT_FOR = timedelta(days=30)  # a removed book, until it goes for good

ORDERED = "Stays: somebody has ordered it."
COPIES_ADDED = "Stays: copies were added to it since."
COPIES_GONE = "Stays: some of its copies have left the library."
COPY_ORDERED = "The copy stays: none is available."


def undo(scans: Sequence[int], by: Any, whole: Cart | None = None) -> int:
    """Undo these scans (by their keys), the newest first; how many were. Inside a transaction or a step.

    What must stay is told on its row (`kept`). `whole`: the cart that is undone as a whole, so that none of its own
    scans takes over what another one of it brought.
    """
    with transaction.atomic():
        rows = list(_standing(scans).select_for_update(of=("self",)))
        books = {book.pk: book for book in effects.locked(pk__in={row.book_id for row in rows if row.book_id})}
        work = _reverted(rows, books, _heirs(rows, whole), by)
        work.write()
        now = timezone.now()
        undone = [row.pk for row in rows if not row.kept]
        Scan.objects.filter(pk__in=undone).update(undone=now, undone_by=by, kept="")
        for sentence in {row.kept for row in rows if row.kept}:
            Scan.objects.filter(pk__in=[row.pk for row in rows if row.kept == sentence]).update(kept=sentence)
    return len(undone)


def _standing(scans: Sequence[int]) -> Any:
    return Scan.objects.filter(pk__in=scans, undone=None).order_by("id").only("effect", "quantity", "book", "at")


def _reverted(rows: Sequence[Scan], books: dict[int, Book], heirs: dict[int, list[Scan]], by: Any) -> "_Work":
    """What undoing these rows changes, the newest first; what must stay is told on each. Nothing is written."""
    work = _Work(by)
    for row in sorted(rows, key=lambda row: (row.at, row.pk), reverse=True):
        book = books.get(row.book_id) if row.book_id else None
        row.kept = work.undo_scan(row, book, heirs.get(row.book_id or 0, [])) if book else ""
    return work


def _heirs(rows: Sequence[Scan], whole: Cart | None) -> dict[int, list[Scan]]:
    """Other scans of the same books that still stand, the oldest first."""
    others = Scan.objects.filter(book__in={row.book_id for row in rows if row.book_id}, undone=None)
    others = others.exclude(pk__in=[row.pk for row in rows])
    if whole is not None:
        others = others.exclude(cart=whole)
    found: dict[int, list[Scan]] = {}
    for scan in others.order_by("at", "id").only("effect", "quantity", "book"):
        found.setdefault(scan.book_id or 0, []).append(scan)
    return found


class _Work:
    """What the rows together change, worked out on books that are locked, and written at once."""

    def __init__(self, by: Any) -> None:
        self.by = by
        self.copies: Counter[int] = Counter()
        self.changes: list[CopyChange] = []
        self.removed: list[int] = []
        self.heirs: list[Scan] = []

    def undo_scan(self, scan: Scan, book: Book, heirs: list[Scan]) -> str:
        """What undoing it leaves, as a sentence; "" when all of it is taken back."""
        if scan.effect == Scan.Effect.COPY:
            if book.copies < scan.quantity:
                return COPY_ORDERED
            self._subtract(book, scan.quantity)
        elif scan.effect == Scan.Effect.BROUGHT and book.removed_at is None:
            return self._undo_book(scan, book, heirs)
        return ""

    def _undo_book(self, scan: Scan, book: Book, heirs: list[Scan]) -> str:
        if heirs:  # who scanned it since has brought it now, with a copy that is taken over
            heir = heirs[0]
            over = 1 if heir.effect == Scan.Effect.KNOWN else 0
            if book.copies < scan.quantity - over:
                return COPY_ORDERED
            self._subtract(book, scan.quantity - over)
            heir.effect, heir.quantity = Scan.Effect.BROUGHT, heir.quantity + over
            self.heirs.append(heir)
            return ""
        if book.ordered:
            return ORDERED
        if book.copies != scan.quantity:
            return COPIES_ADDED if book.copies > scan.quantity else COPIES_GONE
        self._subtract(book, scan.quantity)
        self.removed.append(book.pk)
        return ""

    def _subtract(self, book: Book, number: int) -> None:
        if number:
            book.copies -= number
            self.copies[book.pk] -= number
            self.changes.append(CopyChange(book=book, change=-number, by=self.by, why=CopyChange.Why.UNDO))

    def write(self) -> None:
        effects.add_copies(self.copies)
        Book.objects.filter(pk__in=self.removed).update(removed_at=Now())
        CopyChange.objects.bulk_create(self.changes, batch_size=1000)
        index(self.removed)
        Scan.objects.bulk_update(self.heirs, ["effect", "quantity"], batch_size=100)


def put_back(scan: Scan, by: Any) -> bool:
    """Do again what an undone scan did, within 30 days. False: it stands, or its book is gone for good."""
    with transaction.atomic():
        undone = Scan.objects.filter(pk=scan.pk, undone__gt=timezone.now() - KEPT_FOR).select_related("cart", "book")
        row = undone.select_for_update(of=("self",)).first()
        if row is None or (row.book is None and row.effect != Scan.Effect.REFUSED):
            return False
        row.undone = row.undone_by = None
        if row.book is not None:
            had = row.quantity
            row.quantity = max(1, had)
            counted = row.effect == Scan.Effect.COPY
            effects.apply(by, [effects.Row(row, row.book.number, counted)], why=CopyChange.Why.PUT_BACK)
        row.save(update_fields=["undone", "undone_by", "effect", "quantity"])
    return True


# What undoing a cart would do

FORETOLD = 2_000  # scans; of a larger cart its page says how many it has


@dataclass
class Forecast:
    """What would go, and what would stay: the titles by the reason."""

    removed: int = 0
    copies: int = 0
    rows: int = 0  # scans that would be undone
    stays: dict[str, list[str]] = field(default_factory=dict)
    capped: bool = False

    @property
    def staying(self) -> int:
        return sum(map(len, self.stays.values()))


KNOWN_BEFORE = "Was in the catalogue before."
SCANNED_SINCE = "Was scanned again since."


def forecast(cart: Cart, by: Any) -> Forecast:
    """The same as undoing it, on a copy of the rows as they are now."""
    keys = list(cart.scans.filter(undone=None).order_by("-at", "-id").values_list("pk", flat=True)[: FORETOLD + 1])
    if len(keys) > FORETOLD:
        return Forecast(rows=len(keys), capped=True)
    rows = list(_standing(keys))
    names = {row.book_id for row in rows if row.book_id}
    shown = Book.objects.filter(pk__in=names).only("number", "title", *effects.LOCKED)
    books = {book.pk: book for book in shown}
    heirs = _heirs(rows, cart)
    work = _reverted(rows, books, heirs, by)
    found = Forecast(
        len(work.removed), -sum(work.copies.values()) - len(work.removed), sum(not row.kept for row in rows)
    )
    why: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.pk)):
        if row.book_id not in books or row.book_id in work.removed:
            continue
        if row.kept:
            why[row.book_id] = row.kept
        elif row.effect == Scan.Effect.BROUGHT and heirs.get(row.book_id):
            why.setdefault(row.book_id, SCANNED_SINCE)
        elif row.effect == Scan.Effect.KNOWN:
            why.setdefault(row.book_id, KNOWN_BEFORE)
    for key, reason in why.items():
        found.stays.setdefault(reason, []).append(books[key].heading)
    return found
