"""What orders bring to a book's page."""

import secrets
from typing import Any

from django.http import HttpRequest

from task.books.models import Book
from task.orders.models import Order

SHOWN = 3


def of_book(request: HttpRequest, book: Book) -> tuple[str, dict[str, Any]] | None:
    """How many copies are available, a small form, and the person's own orders of it."""
    own = list(Order.objects.filter(book=book.pk, owner=request.user.pk).order_by("-id")[:SHOWN])
    if book.state != Book.State.FILLED and not own:
        return None
    may_order = book.state == Book.State.FILLED and book.copies > 0
    token = secrets.token_urlsafe(16)
    return "orders/_book.html", {"book": book, "orders": own, "may_order": may_order, "form_token": token}
