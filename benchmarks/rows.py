"""Rows in the database that is measured."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import transaction

from task.accounts.models import UserBatch
from task.accounts.random_users import random_users
from task.books.models import Book, IndexedBook
from task.kit.search.numbers import parts_of
from task.kit.search.words import beginning, kept
from task.orders.models import Order
from task.reports.models import Report

ORDER_STATES = tuple(Order.State.values)


def isbns(first: int, count: int) -> list[str]:
    """`count` valid ISBN-13, from a range that no publisher has."""
    made = []
    for n in range(first, first + count):
        digits = f"97999{n:07d}"
        check = (10 - sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10) % 10
        made.append(f"{digits}{check}")
    return made


@transaction.atomic
def clear_rows() -> None:
    """Each table by one statement: there may be a million rows, and what points to books goes before them."""
    get_user_model().objects.filter(is_random=True).delete()
    for model in [Report, *dict.fromkeys(relation.related_model for relation in Book._meta.related_objects), Book]:
        rows = model._default_manager.all()
        rows._raw_delete(rows.db)


def make_users(size: int) -> None:
    """Random users until there are `size` of them."""
    have = get_user_model().objects.filter(is_random=True).count()
    batch = UserBatch.objects.create(job_id=uuid4(), total=size - have, made=size - have)
    for start in range(0, size - have, 5000):
        positions = range(start, min(start + 5000, size - have))
        get_user_model().objects.bulk_create(random_users(batch.pk, positions, size - have, ""))


def make_books(size: int) -> None:
    """Filled books until there are `size` of them."""
    have = Book.objects.count()
    numbers = isbns(1_000_000 + have, size - have)
    for start in range(0, len(numbers), 5000):
        put(Book(isbn=number, title=f"Book {number[-6:]}", state="filled") for number in numbers[start : start + 5000])


def put(books: Iterable[Book], authors: Sequence[str] = ()) -> None:
    """Save these books with their index, which an author's name each is a part of."""
    IndexedBook.objects.bulk_create(
        IndexedBook(
            book_id=book.pk, beginning=beginning(book.title), title=kept(book.title, 500), authors=kept(name, 500),
            others=" ".join(parts_of(str(book.isbn))),
        )
        for book, name in zip_longest(Book.objects.bulk_create(books), authors, fillvalue="")
    )  # fmt: skip


def fill_rows(size: int) -> None:
    """Random users, filled books, orders and reports until there are `size` of each."""
    make_users(size)
    make_books(size)
    owner, points = get_user_model().objects.get(username="bench"), list(range(40_000, 0, -1000))
    books = list(Book.objects.order_by("id").values_list("pk", flat=True))
    for start in range(Order.objects.count(), size, 5000):
        places = range(start, min(start + 5000, size))
        Order.objects.bulk_create(
            Order(book_id=books[n], quantity=1, owner=owner, job=uuid4(), state=ORDER_STATES[n % 3]) for n in places
        )
        Report.objects.bulk_create(
            Report(owner=owner, language="Python", count=1000, crawl_id=uuid4(), state="done", rows=1000, points=points)
            for _ in places
        )
