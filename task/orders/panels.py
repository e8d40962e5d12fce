"""What orders bring to the home page and to a book's page."""

import secrets
from typing import Any

from django.http import HttpRequest

from task.books.models import Book
from task.orders.models import Order

Panel = tuple[str, dict[str, Any]]
SHOWN = 3


def waiting(request: HttpRequest) -> Panel | None:
    """Staff: the orders that have waited longest to be fulfilled. Members: their own newest that wait."""
    received = Order.objects.seen_by(request.user).filter(state=Order.State.RECEIVED).for_page()
    orders = list(received.order_by("id" if request.user.is_staff else "-id")[: SHOWN + 1])
    if not orders:
        return None
    return "orders/_home.html", {"orders": orders[:SHOWN], "more": len(orders) > SHOWN}


def of_book(request: HttpRequest, book: Book) -> Panel | None:
    """How many copies are free, a small form, and the person's own orders of it."""
    own = list(Order.objects.filter(book=book.pk, owner=request.user.pk).order_by("-id")[:SHOWN])
    if book.state != Book.State.FILLED and not own:
        return None
    may_order = book.state == Book.State.FILLED and book.copies > 0
    token = secrets.token_urlsafe(16)
    return "orders/_book.html", {"book": book, "orders": own, "may_order": may_order, "form_token": token}
