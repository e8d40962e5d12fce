"""Rows by thousands of keys."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from task.books.models import Book, BookAuthor
from task.kit.one_of import one_of
from tests.books.conftest import isbns
from tests.books.famous import put

pytestmark = pytest.mark.django_db


def test_the_keys_are_one_parameter_on_each_database() -> None:
    books = Book.objects.bulk_create([Book(isbn=isbn, title="T") for isbn in isbns(3)])
    keys = [books[0].pk, books[2].pk, *range(10**9, 10**9 + 70_000)]
    assert set(Book.objects.filter(one_of("pk", keys), copies=1)) == {books[0], books[2]}
    assert not Book.objects.filter(one_of("pk", [])).exists()
    with CaptureQueriesContext(connection) as queries:
        assert not Book.objects.filter(one_of("pk", {7: "seven", 8: "eight"})).exists()
    assert queries[0]["sql"].count("7") == 1


def test_it_looks_at_links_by_their_book() -> None:
    book = put("The Sea", "John Banville; Nobody")
    links = BookAuthor.objects.filter(one_of("book", [book.pk]))
    assert links.count() == 2
    assert not links.exclude(one_of("book", [book.pk])).exists()
