"""Look-ups in the list of jobs: what they are about, and found by it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.models import Book
from task.jobs.testing import execute_all
from tests.books.conftest import isbns, scan
from tests.books.test_carts import scanned
from tests.books.test_isbn import HITCHHIKER
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db


def found(client: Client, text: str) -> list[str]:
    return [job.title for job in client.get("/jobs/", {"q": text}).context["rows"]]


def test_a_row_names_the_first_of_its_books_by_isbn_and_then_by_title(member: Client, alice: Any) -> None:
    numbers = isbns(3)
    scan(numbers, alice)
    assert f"{numbers[0]} and 2 more</small>" in member.get("/jobs/").content.decode()
    Book.objects.update(title="Dune", state="filled")
    assert "Dune and 2 more</small>" in member.get("/jobs/").content.decode()


def test_the_look_up_of_one_book_is_called_by_its_title_once_that_is_known(
    member: Client, alice: Any, library: OpenLibrary
) -> None:
    def row() -> tuple[str, str]:
        (job,) = member.get("/jobs/").context["rows"]
        return job.title, job.topic

    scanned(alice, HITCHHIKER)
    assert row() == (f"Look up {HITCHHIKER}", "")
    execute_all()
    title = Book.objects.get().title
    assert row() == (f"Look up {title}", HITCHHIKER)
    assert found(member, HITCHHIKER) == found(member, title[:9]) == [f"Look up {title}"]


def test_a_look_up_is_found_by_any_of_its_books_by_who_may_see_it(
    member: Client, client_of: Any, alice: Any, bob: Any
) -> None:
    numbers = isbns(3)
    scan(numbers, alice)
    scan(isbns(1, start=9), alice)
    book = Book.objects.get(isbn=numbers[2])
    book.title, book.state = "Nineteen Eighty-Four", "filled"
    book.save()
    for text in (numbers[1], f"{numbers[2][:3]}-{numbers[2][3:]}", "nineteen"):
        assert found(member, text) == ["Look up 3 books"]
        assert found(client_of(bob), text) == []


def test_the_list_costs_the_same_however_many_books_there_are(member: Client, alice: Any) -> None:
    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            member.get("/jobs/", query)
        return len(queries)

    scan(isbns(2), alice)
    before = cost(), cost(q="dune")
    for start in range(10, 60, 10):
        scan(isbns(10, start=start), alice)
    Book.objects.update(title="Dune", state="filled")
    assert (cost(), cost(q="dune")) == before
