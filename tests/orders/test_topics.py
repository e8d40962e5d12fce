"""The jobs of orders in the list of jobs: what they are about, and found by it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.models import Book
from task.jobs.models import Job
from task.orders import stock
from tests.orders.conftest import ORWELL, make_book, order_of

pytestmark = pytest.mark.django_db


def found(client: Client, text: str) -> list[str]:
    return [job.title for job in client.get("/jobs/", {"q": text}).context["rows"]]


def test_a_row_says_which_book_its_job_is_about(member: Client, alice: Any, book: Book) -> None:
    order_of(alice, book, 2)
    assert "2 copies of 1984</small>" in member.get("/jobs/").content.decode()


def test_they_are_found_by_the_book_by_who_may_see_them(
    member: Client, staff: Client, client_of: Any, alice: Any, bob: Any, charlie: Any
) -> None:
    order = order_of(alice, make_book(title="Nineteen Eighty-Four"))
    order_of(alice, make_book(isbn="9780441478125", title="Dune"))
    stock.fulfil(order, charlie)
    for text in (ORWELL, "978-0-451-52493-5", "nineteen", "Nineteen  eighty"):
        assert found(member, text) == [f"Confirm order {order.number}"]
        assert found(staff, text) == [f"Email about fulfilled order {order.number}", f"Confirm order {order.number}"]
        assert found(client_of(bob), text) == []


@pytest.mark.parametrize("text", ["\0", "%", "9" * 400, "2026-00001", "x" * 3_000])
def test_odd_words_break_nothing(member: Client, alice: Any, book: Book, text: str) -> None:
    order_of(alice, book)
    assert member.get("/jobs/", {"q": text}).status_code == 200


def test_an_order_that_is_gone_leaves_its_job_without_words(member: Client, alice: Any, book: Book) -> None:
    order = order_of(alice, book)
    order.delete()
    assert "copy of 1984" not in member.get("/jobs/").content.decode()


def test_the_list_costs_the_same_however_many_there_are(member: Client, alice: Any) -> None:
    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            member.get("/jobs/", query)
        return len(queries)

    book = make_book(copies=100)
    order_of(alice, book)
    before = cost(), cost(q=ORWELL)
    for _ in range(20):
        order_of(alice, book)
    assert Job.objects.count() == 21
    assert (cost(), cost(q=ORWELL)) == before
