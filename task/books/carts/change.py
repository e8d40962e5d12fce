"""What a person does to a whole cart: name and place it, undo it, look up what was not found."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from task.books.again import look_up_again
from task.books.carts.models import Cart, Scan
from task.books.carts.tasks import undo_cart
from task.books.models import RETRYABLE, Book, Location
from task.jobs import Now
from task.jobs.models import Job

AT_ONCE = 1_000  # books of one look-up


def place(cart: Cart, location: Location | None) -> None:
    """Give it this location. It goes to the books that it has brought, where nobody has moved them, and to those that
    have none."""
    old = cart.location_id
    with transaction.atomic():
        Cart.objects.filter(pk=cart.pk).update(location=location)
        if location and location.pk != old:
            standing = Scan.objects.filter(cart=cart, undone=None, book__isnull=False)
            brought = standing.filter(effect=Scan.Effect.BROUGHT).values("book")
            moves = Q(location=None, pk__in=standing.values("book"))
            if old:
                moves |= Q(location=old, pk__in=brought)
            Book.objects.filter(moves).update(location=location)
    cart.location = location


def undo(cart: Cart, by: Any) -> Job | None:
    """Undo it by a job, which ends it first. None: one is at work on it."""
    with transaction.atomic():
        there = Cart.objects.select_for_update(of=("self",)).select_related("undo_job").get(pk=cart.pk)
        if there.undo_job and there.undo_job.is_active:
            return None
        job: Job = undo_cart.apply_async(kwargs={"cart": there.pk, "name": str(there)}, owner=by)
        Cart.objects.filter(pk=there.pk).update(undo_job=job, finished=there.finished or Now())
        Scan.objects.filter(cart=there, undone=None).exclude(kept="").update(kept="")
    return job


def try_again(cart: Cart, by: Any) -> Job | None:
    """Look up what it did not find, the first AT_ONCE of it. None: there is nothing."""
    needy = Scan.objects.filter(cart=cart, undone=None, dismissed=None, book__state__in=RETRYABLE)
    keys = needy.order_by("id").values_list("book", flat=True)[:AT_ONCE]
    return look_up_again(Book.objects.filter(pk__in=list(keys)).only("pk"), by)
