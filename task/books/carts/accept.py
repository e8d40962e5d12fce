"""Scans become rows of a cart, their books rows of the catalogue: one transaction, and what comes twice counts once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from task.books.carts import effects
from task.books.carts.models import PAUSE, TEXT, Cart, Scan
from task.books.isbn import Piece, read
from task.jobs.models import Job

OLDEST = timedelta(days=90)  # a scan that a browser has kept for longer is told as of then
MOST_COPIES = 999  # of one scan
ADD_ON = re.compile(r"\s*\d{5}\s*", re.ASCII)  # the small bars beside those of a book: its price
BESIDE = timedelta(seconds=2)  # a scanner reads both in one go


@dataclass(frozen=True)
class Sent:
    """What a browser or a program sends under one name. `text` may hold many numbers: each becomes a row."""

    uuid: UUID
    text: str
    at: datetime | None = None  # now, unless it is told
    way: Scan.Way = Scan.Way.BOX
    pieces: tuple[Piece, ...] = ()  # what a reader of photos or files has made of it already


@dataclass
class Accepted:
    """What came of it: the rows by the name that was sent, also of what was here before, and the new books' look-up."""

    scans: dict[UUID, list[Scan]] = field(default_factory=dict)
    notes: dict[UUID, list[str]] = field(default_factory=dict)  # what stood there beside numbers, and is no row
    job: Job | None = None


def accept(
    owner: Any, sent: Sequence[Sent], cart: Cart | None = None, unique_key: str | None = None,
    countdown: float | None = None,
) -> Accepted:  # fmt: skip
    """Save `sent` for this person, in the cart of each scan's time, or in `cart`. The new books get one look-up.

    `countdown`: the seconds until that look-up begins, if nobody lets it `begin` before; others join it meanwhile.
    Raises IntegrityError when its `unique_key` is taken.
    """
    with transaction.atomic():
        lock(owner)
        accepted = Accepted({each.uuid: [] for each in sent})
        for scan in Scan.objects.filter(owner=owner, uuid__in=list(accepted.scans)).order_by("place"):
            accepted.scans[scan.uuid].append(scan)
        rows: list[effects.Row] = []
        for each in sorted(sent, key=lambda each: moment(each.at)):
            if not accepted.scans[each.uuid]:
                if is_add_on(each, owner, rows):
                    accepted.notes[each.uuid] = [f"{each.text.strip()} is the price code beside the ISBN."]
                    continue
                pieces = each.pieces or tuple(read(each.text))
                accepted.notes[each.uuid] = [piece.note for piece in pieces if piece.kind == "quiet"]
                new = rows_of(each, [piece for piece in pieces if piece.kind != "quiet"], owner, cart)
                accepted.scans[each.uuid] = [row.scan for row in new]
                rows += new
        accepted.job = effects.apply(owner, rows, unique_key, countdown=countdown)
        Scan.objects.bulk_create([row.scan for row in rows], batch_size=1000)
    return accepted


def is_add_on(each: Sent, owner: Any, rows: Sequence[effects.Row]) -> bool:
    """Whether these are the small bars beside those of a book that was scanned just before."""
    if each.way != Scan.Way.BOX or not ADD_ON.fullmatch(each.text):
        return False
    at = moment(each.at)
    since = at - BESIDE
    if any(row.number and since <= row.scan.at <= at for row in rows):
        return True
    before = Scan.objects.filter(owner=owner, at__gte=since, at__lte=at).exclude(effect=Scan.Effect.REFUSED)
    return bool(before.exists())


def lock(owner: Any) -> None:
    """One of a person's requests after the other: two would begin two carts, or count one scan twice."""
    get_user_model()._default_manager.select_for_update().filter(pk=owner.pk).values_list("pk", flat=True).first()


def moment(at: datetime | None) -> datetime:
    """The time of a scan: a browser's clock may be wrong, but no scan was made after it came, or long before."""
    now = timezone.now()
    return min(now, max(at, now - OLDEST)) if at else now


def rows_of(each: Sent, pieces: Sequence[Piece], owner: Any, cart: Cart | None) -> list[effects.Row]:
    if not pieces:
        return []
    at = moment(each.at)
    into = cart or cart_of(owner, at)
    stretch(into, at)
    return [
        row_of(piece, Scan(cart=into, owner=owner, uuid=each.uuid, place=place, at=at, way=each.way))
        for place, piece in enumerate(pieces)
    ]


def row_of(piece: Piece, scan: Scan) -> effects.Row:
    """Write into `scan` what was read."""
    scan.text, scan.note = piece.text[:TEXT], piece.note[:300]
    scan.quantity = min(piece.quantity, MOST_COPIES) if scan.way != Scan.Way.FILE else piece.quantity
    scan.fault, scan.offers = piece.reason[:300], list(piece.offers)
    scan.effect = Scan.Effect.KNOWN if piece.isbn else Scan.Effect.REFUSED
    return effects.Row(scan, piece.isbn, scan.cart.counts_copies or piece.quantity > 1)


# Which cart a scan belongs to


def cart_of(owner: Any, at: datetime) -> Cart:
    """The cart of this moment, whenever its scan arrives; a new one, when none takes it."""
    carts = Cart.objects.filter(owner=owner, is_file=False)
    before = latest(owner, at)
    if before and before.takes(at):
        return before
    after = carts.filter(started__gt=at, started__lte=at + PAUSE).order_by("started", "id").first()
    return after or begin(owner, at)


def latest(owner: Any, at: datetime) -> Cart | None:
    """The cart that was begun, or gone on with, last before this moment."""
    carts = Cart.objects.filter(owner=owner.pk, is_file=False)
    begun = carts.filter(started__lte=at).order_by("-started", "-id").first()
    resumed = carts.filter(resumed__lte=at).order_by("-resumed").first()
    if resumed and resumed.resumed and begun and resumed.resumed >= begun.started:
        return resumed
    return begun


def stretch(cart: Cart, at: datetime) -> None:
    """The cart reaches to this scan."""
    reach = {"started": min(cart.started, at), "last_scan": max(cart.last_scan, at)}
    if (cart.started, cart.last_scan) != tuple(reach.values()):
        Cart.objects.filter(pk=cart.pk).update(**reach)
        cart.started, cart.last_scan = reach["started"], reach["last_scan"]


def begin(owner: Any, at: datetime | None = None, **fields: Any) -> Cart:
    """A new cart. It keeps the location and the switch of the one before it."""
    at = at or timezone.now()
    before = Cart.objects.filter(owner=owner, is_file=False).order_by("-started", "-id").first()
    kept = {"location": before.location, "counts_copies": before.counts_copies} if before else {}
    cart: Cart = Cart.objects.create(owner=owner, started=at, last_scan=at, **(kept | fields))
    return cart


def new_cart(owner: Any, name: str = "") -> Cart:
    """End the current cart and begin the next."""
    with transaction.atomic():
        lock(owner)
        last = current(owner)
        if last:
            finish(last)
        return begin(owner, name=name)


def finish(cart: Cart) -> None:
    """The next scan begins a new one."""
    Cart.objects.filter(pk=cart.pk, finished=None).update(finished=timezone.now())


def go_on(cart: Cart) -> bool:
    """The next scan goes into this cart again. The current one ends. False: it is a file's, or it is undone."""
    with transaction.atomic():
        lock(cart.owner)
        last = current(cart.owner)
        if last and last.pk != cart.pk:
            finish(last)
        now = timezone.now()
        ended = Cart.objects.filter(pk=cart.pk, is_file=False)
        return bool(ended.update(finished=None, last_scan=now, resumed=now))


def current(owner: Any) -> Cart | None:
    """The cart that the next scan goes into, when there is one."""
    now = timezone.now()
    last = latest(owner, now)
    return last if last and last.takes(now) else None


# What a person does to a row


def mend(scan: Scan, text: str) -> bool:
    """Read a refused row anew, at its place; the other numbers of `text` become rows beside it.

    False: it is not refused any more.
    """
    with transaction.atomic():
        lock(scan.owner)
        row = Scan.objects.filter(pk=scan.pk, effect=Scan.Effect.REFUSED, undone=None, dismissed=None).first()
        if row is None:
            return False
        pieces = [piece for piece in read(text) if piece.kind != "quiet"]
        last = (
            Scan.objects.filter(owner=row.owner_id, uuid=row.uuid).order_by("-place").values_list("place", flat=True)[0]
        )
        rows: list[effects.Row] = []
        for piece in pieces:
            if not rows:
                rows.append(row_of(piece, row))
                continue
            last += 1
            more = Scan(cart=row.cart, owner=row.owner, uuid=row.uuid, place=last, at=row.at, way=row.way)
            rows.append(row_of(piece, more))
        effects.apply(scan.owner, rows)
        for made in rows:
            made.scan.save()
    return True


def dismiss(scan: Scan) -> bool:
    """Nobody works on it any more. Of a refused row only: the others have a book to look after."""
    refused = Scan.objects.filter(pk=scan.pk, effect=Scan.Effect.REFUSED, undone=None, dismissed=None)
    return bool(refused.update(dismissed=timezone.now()))


def add_copy(scan: Scan, by: Any) -> bool:
    """What was in the catalogue adds a copy. False: it does already, or its book is gone."""
    with transaction.atomic():
        lock(scan.owner)
        row = (
            Scan.objects.filter(pk=scan.pk, effect=Scan.Effect.KNOWN, undone=None)
            .select_related("book", "cart")
            .first()
        )
        if row is None or row.book is None:
            return False
        row.quantity = 1
        effects.apply(by, [effects.Row(row, row.book.number, counts=True)])
        row.save(update_fields=["effect", "quantity"])
    return True
