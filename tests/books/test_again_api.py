"""A program looks up again what the home page of a person names in one row."""

import pytest

from task.books.models import Book
from task.jobs.models import Job
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/books/look-up/"
ISBNS = ["9780345418913", "9780451524935"]


@pytest.fixture
def not_found(alice):
    for isbn in ISBNS:
        Book.objects.create(isbn=isbn, state="not_found", scanned_by=alice)


def test_those_in_a_state_wait_again_with_one_job_and_with_a_key_once(program, alice, not_found):
    answers = [
        program(alice).post(PATH, {"state": "not_found"}, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert Job.objects.get().owner == alice
    assert {book.state for book in Book.objects.all()} == {"waiting"}


def test_where_there_is_nothing_it_says_so(program, bob, not_found):
    answer = program(bob).post(PATH, {"state": "not_found"}, format="json")
    assert (answer.status_code, answer.json()["detail"]) == (409, "There is nothing to look up again.")
    assert not Job.objects.exists()


@pytest.mark.parametrize("body", [{}, {"state": "filled"}, {"state": "x"}, {"state": 1}, []])
def test_what_is_wrong_is_said(program, alice, not_found, body):
    assert program(alice).post(PATH, body, format="json").status_code == 400
