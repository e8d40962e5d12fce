"""What orders bring to a book's page."""

from typing import Any

from django.http import HttpRequest

from task.books.models import Book
from task.orders.models import Order

SHOWN = 3


def of_book(request: HttpRequest, book: Book) -> tuple[str, dict[str, Any]] | None:
    """For staff the orders that wait, for members their own."""
    orders = Order.objects.filter(book=book.pk).order_by("-id")
    if request.user.is_staff:
        shown = list(orders.filter(state=Order.State.RECEIVED).select_related("owner")[:SHOWN])
    else:
        shown = list(orders.filter(owner=request.user.pk)[:SHOWN])
    if not shown and (book.state != Book.State.FILLED or not request.user.is_staff):
        return None
    return "orders/_book.html", {"book": book, "orders": shown}


def order(request: HttpRequest, book: Book) -> tuple[str, dict[str, Any]] | None:
    """The button beside its copies."""
    return ("orders/_order.html", {"book": book}) if book.state == Book.State.FILLED else None
