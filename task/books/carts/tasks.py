"""What workers do for carts: undo a whole one, and let go of what was removed long ago."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from task.books.carts import look_ups
from task.books.carts.models import Cart, Scan
from task.books.carts.undo import KEPT_FOR, undo
from task.books.models import Book
from task.jobs import Fail, Now, Run, job

A_STEP = 200


@job("books.undo_cart", title=lambda cart, name: f"Undo {name}", label="Undo a cart")
def undo_cart(run: Run, cart: int, name: str) -> None:
    """The newest first. What others have used since stays; its row says why. No look-up waits for what is gone."""
    place = Cart.objects.filter(pk=cart).first()
    if place is None:
        raise Fail("The cart is gone.")
    total = standing(cart).count() if run.job.total is None else None
    for scans in run.walk(lambda before: newest_first(cart, before), total):
        with run.step() as tally:
            undone = undo(scans, run.job.owner, whole=place)
            tally["undone"] += undone
            tally["kept"] += len(scans) - undone
    undone, kept = run.tally["undone"], run.tally["kept"]
    words = f"{undone:,} scan{'' if undone == 1 else 's'} undone"
    words += f", {kept:,} {'stays' if kept == 1 else 'stay'} because others have used them." if kept else "."
    with run.finish(words):
        look_ups.cancel_empty(place)


def standing(cart: int) -> Any:
    return Scan.objects.filter(cart=cart, undone=None, kept="")


def newest_first(cart: int, before: Any) -> Iterator[tuple[list[int], Any]]:
    """Keys of what stands, with the place of the last one: no step walks past all that is undone already."""
    scans = standing(cart).order_by("-at", "-id").values_list("pk", "at")
    while True:
        at, pk = before or (None, None)
        older = Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lt=pk)) if before else Q()
        if batch := list(scans.filter(older)[:A_STEP]):
            pk, at = batch[-1]
            before = [at.isoformat(), pk]
            yield [pk for pk, _ in batch], before
        elif before:
            before = None  # what has arrived since
        else:
            return


@job("books.purge", title="Remove books taken out of the catalogue 30 days ago")
def purge(run: Run) -> str:
    """For good, but for those that an order names."""
    named = [f"{relation.name}__isnull" for relation in Book._meta.related_objects if is_protected(relation)]
    old = Book.with_removed.filter(removed_at__lt=Now() - KEPT_FOR, **dict.fromkeys(named, True)).order_by(
        "removed_at", "id"
    )
    for books in run.drain(old.only("pk"), size=A_STEP):
        with run.step() as tally:
            gone = old.filter(pk__in=[book.pk for book in books])
            tally["books"] += len(books)
            Book.with_removed.filter(pk__in=gone.values("pk")).delete()
    count = run.tally["books"]
    return f"{count:,} book{'' if count == 1 else 's'} removed for good."


def is_protected(relation: object) -> bool:
    return getattr(getattr(relation, "on_delete", None), "__name__", "") == "PROTECT"
