"""Copies leave the shelf with an order and come back with its end: one compare-and-swap, one transaction."""

from typing import Any

from django.db import transaction
from django.db.models import F

from task.books.models import Book
from task.jobs import Now
from task.jobs.models import Job
from task.orders import words
from task.orders.models import Order
from task.orders.tasks import send_cancelled, send_fulfilled


class OutOfStock(Exception):
    """The copies are not available (any more), or the book is not found: rolls the order back."""


def take_copies(book: Book, quantity: int, owner: Any, job: Job) -> Order:
    """Take copies from the shelf for a new order. Belongs into the transaction of its job.

    The book's own row decides, whoever else orders in the same moment. Raises NotThere.
    """
    # First, so that those who come too late have used up no number.
    there = Book.objects.filter(pk=book.pk, state=Book.State.FILLED, copies__gte=quantity)
    if not there.update(copies=F("copies") - quantity, ordered=F("ordered") + quantity):
        raise OutOfStock
    order = Order.objects.create(book=book, quantity=quantity, owner=owner, job=job)
    words.index(order)
    return order


def fulfil(order: Order, by: Any) -> Job | None:
    """The person has the copies. None: the order has ended already."""
    return _end(order, Order.State.FULFILLED, send_fulfilled, by)


def cancel(order: Order, by: Any) -> Job | None:
    """The copies go back to the shelf. None: the order has ended already."""
    return _end(order, Order.State.CANCELLED, send_cancelled, by)


def _end(order: Order, state: Order.State, task: Any, by: Any) -> Job | None:
    with transaction.atomic():
        received = Order.objects.filter(pk=order.pk, state=Order.State.RECEIVED)
        if not received.update(state=state, ended=Now(), ended_by=by):
            return None
        back = order.quantity if state == Order.State.CANCELLED else 0
        promised = Book.objects.filter(pk=order.book_id)
        promised.update(copies=F("copies") + back, ordered=F("ordered") - order.quantity)
        # An order ends once, so this name is new; it makes sure of one email an end, whatever is changed here.
        job: Job = task.apply_async(kwargs={"order": order.number}, owner=by, unique_key=f"end of order {order.pk}")
        Order.objects.filter(pk=order.pk).update(ended_job=job)
    return job
