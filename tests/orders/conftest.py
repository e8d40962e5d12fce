"""A book of which three copies are free."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from task.books.models import Author, Book
from task.orders import stock
from task.orders.models import Order
from task.orders.tasks import confirm

ORWELL = "9780451524935"


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


@pytest.fixture
def book(db: None) -> Book:
    return make_book()


def make_book(isbn: str = ORWELL, title: str = "1984", copies: int = 3, **fields: Any) -> Book:
    book = Book.objects.create(**{"isbn": isbn, "title": title, "copies": copies, "state": "filled", **fields})
    book.authors.add(Author.objects.get_or_create(key="a", defaults={"name": "George Orwell"})[0])
    return book


def order_of(owner: Any, book: Book, quantity: int = 1) -> Order:
    """An order as the form places it, its email not yet sent."""

    def rows(job: Any) -> None:
        order = stock.take_copies(book, quantity, owner, job)
        job.arguments = {"order": order.number}
        job.save(update_fields=["arguments"])

    job = confirm.apply_async(kwargs={"order": ""}, owner=owner, rows=rows)
    return Order.objects.get(job=job.pk)
