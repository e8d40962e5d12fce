"""A cart's look-ups: a scan joins the one that waits; all of them follow the first, whose line is the cart's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from task.books.carts.models import Cart
from task.books.models import Book
from task.books.scans import arguments_of
from task.books.tasks import look_up_books
from task.jobs import State, amend, cancel, hasten, retitle
from task.jobs.models import Job

MOST = 100_000  # books of one look-up, as many as a file has
LAST = 10  # of a cart's look-ups that are looked at


@dataclass(frozen=True)
class Earlier:
    first: UUID
    is_alone: bool  # nothing follows it yet
    waiting: Job | None  # of the last ones that which waits for its turn: its row is locked


def earlier(cart: Cart, unique_key: str | None) -> Earlier | None:
    """The look-ups that this cart has had. Before its books are locked: who cancels a job takes them in this order.

    Where a `unique_key` is given the next is a job of its own.
    """
    last = last_of(cart)
    if not last:
        return None
    waiting, first = None, last[0].parent_id or last[0].pk
    keys = [job.pk for job in last if job.state == State.QUEUED and unique_key is None]
    if keys:
        waits = Job.objects.queued().filter(Q(run_after=None) | Q(claims=0), pk__in=keys).newest_first()
        waiting = waits.select_for_update(no_key=True).first()
    return Earlier(first, last[0].pk == first, waiting)


def last_of(cart: Cart) -> list[Job]:
    """The LAST of its look-ups, the newest first."""
    newest = Job.objects.filter(pk=cart.look_up_id).values_list("pk", "parent").first() if cart.look_up_id else None
    if newest is None:
        return []
    first = newest[1] or newest[0]
    jobs = Job.objects.of_kinds([look_up_books.name]).filter(Q(pk=first) | Q(parent=first))
    return list(jobs.only("state", "parent", "kind", "done").newest_first()[:LAST])


def begin(cart: Cart) -> None:
    """Those of its last look-ups that were to begin later. In a transaction of the caller's."""
    for job in last_of(cart):
        if job.state == State.QUEUED:
            hasten(job)


def cancel_empty(cart: Cart) -> None:
    """Those of its last look-ups that wait, and have no book left to look up."""
    for job in last_of(cart):
        if job.state == State.QUEUED and not Book.objects.filter(job=job, state=Book.State.WAITING).exists():
            cancel(job)


def look_up(
    numbers: Sequence[str], cart: Cart | None, before: Earlier | None, bring: Callable[[Job], None], **options: Any
) -> Job:
    """Look these up by the job that waits, or by another one. `bring` saves their books with it."""
    if before and before.waiting and joins(before.waiting, len(numbers)):
        bring(before.waiting)
        return before.waiting
    first = before.first if before else None
    job = look_up_books.apply_async(kwargs=arguments_of(numbers), rows=bring, parent=first, **options)
    if before and before.is_alone and job.parent_id == first:
        retitle(before.first, title_of(cart))
    if cart:
        Cart.objects.filter(pk=cart.pk).update(look_up=job)
        cart.look_up = job
    return job


def title_of(cart: Cart | None) -> str:
    """Of the look-ups of a cart, which are one line in Jobs."""
    name = getattr(cart, "name", "") or str(cart).replace("Cart", "the cart", 1)
    return f"Look up the books of {name}"


def joins(job: Job, more: int) -> bool:
    count = job.arguments["count"] + more
    return count <= MOST and amend(job, more, count=count, isbn="")
