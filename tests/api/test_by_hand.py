"""A book by hand, for programs."""

from typing import Any

import pytest

from task.books.models import Book

pytestmark = pytest.mark.django_db


def test_programs_enter_books_too(program: Any, alice: Any) -> None:
    body = {"title": "The Parish Register", "authors": ["Wrote, Ada", "Ben Oye"], "copies": 2}
    answer = program(alice).post("/api/books/", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
    assert answer.status_code == 201
    assert answer.json()["number"] == "L000001"
    assert answer["Location"].endswith("/api/books/L000001/")
    again = program(alice).post("/api/books/", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
    assert again.json()["number"] == "L000001"
    assert Book.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "title"), ({"title": "x", "pages": 0}, "pages"), ({"title": "x", "isbn": "12"}, "isbn"),
     ({"title": ["x"]}, "title"), ({"title": "x", "authors": "y"}, "authors"), ({"title": "x", "z": 1}, "z")],
)  # fmt: skip
def test_programs_read_the_same_sentences(program: Any, alice: Any, body: Any, field: str) -> None:
    answer = program(alice).post("/api/books/", body, format="json")
    assert answer.status_code == 400
    assert [error["pointer"].split("/")[1] for error in answer.json()["errors"]] == [field]
