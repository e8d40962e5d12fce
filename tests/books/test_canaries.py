"""Asking with a canary: how many requests an answer costs, and that nothing is called not found without proof."""

from typing import Any

import pytest

from task.books.models import Book
from task.books.sources import openlibrary
from task.books.sources.catalogue import Catalogue
from task.books.tasks import look_up_books
from task.jobs.engine.executor import execute
from task.jobs.models import Job, RateLimit, State
from task.jobs.testing import assert_survives, execute_all
from tests.books.conftest import isbns, scan, waiting
from tests.books.test_look_up import states
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import Odd

pytestmark = pytest.mark.django_db


@pytest.fixture
def found_before(library: OpenLibrary) -> list[str]:
    """Books that Open Library has answered; the last one of them is the canary."""
    numbers = isbns(4, start=900)
    Book.objects.bulk_create(Book(isbn=isbn, state="filled", source="Open Library") for isbn in numbers)
    return numbers


def unknown(library: OpenLibrary, count: int) -> list[str]:
    library.unknown |= set(isbns(count))
    return isbns(count)


def test_25_unknown_books_are_one_request(library: OpenLibrary, found_before: list[str]) -> None:
    scan(unknown(library, 25))
    execute_all()
    assert states() == {"not_found": 25, "filled": 4}
    assert [sorted(asked.isbns) for asked in library.requests] == [sorted([*isbns(25), found_before[-1]])]


def test_on_a_new_desk_a_book_of_the_local_catalogue_is_the_canary(library: OpenLibrary) -> None:
    scan(unknown(library, 25))
    execute_all()
    assert states() == {"not_found": 25}
    assert [len(asked.isbns) for asked in library.requests] == [26]
    assert library.requests[0].isbns[-1] in Catalogue().isbns()


def test_without_any_canary_they_are_asked_in_parts_and_one_by_one(library: OpenLibrary) -> None:
    """Nor is a source at fault that does not know the local catalogue's books: nobody has seen that it does."""
    library.unknown |= set(Catalogue().isbns())
    Book.objects.create(isbn=isbns(1, start=900)[0], state="filled", source="the local catalogue")
    scan(unknown(library, 25))
    execute_all()
    assert states() == {"not_found": 25, "filled": 1}
    assert len(library.requests) == 1 + 5 + 25


@pytest.mark.parametrize("count", [1, 2, 25])
def test_a_source_that_answers_with_nothing_is_at_fault_and_no_book_is_not_found(
    library: OpenLibrary, found_before: list[str], count: int
) -> None:
    library.queue(body="{}")
    library.queue(body="{}")
    scan(isbns(count))
    job = Job.objects.get()
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.faults) == (State.QUEUED, 1)
    assert job.message == "Open Library is having problems (it answers, but with nothing)."
    assert states() == {"waiting": count, "filled": 4}
    assert len(library.requests) == 2
    execute_all()
    assert states() == {"filled": 4 + count}


def test_one_that_empties_every_answer_is_found_in_parts(library: OpenLibrary, found_before: list[str]) -> None:
    library.poison = {isbns(25)[17]}
    scan(isbns(25))
    execute_all()
    assert states() == {"filled": 28, "not_found": 1}
    assert len(library.requests) == 1 + 5 + 5 + 3, "And each empty answer is followed by one for canaries alone."


def test_a_canary_that_is_gone_is_replaced_by_another(library: OpenLibrary, found_before: list[str]) -> None:
    library.unknown.add(found_before[-1])
    scan(unknown(library, 25))
    execute_all()
    assert states() == {"not_found": 25, "filled": 4}
    assert [len(asked.isbns) for asked in library.requests] == [26, 3, 26]


def test_a_book_is_not_its_own_canary(library: OpenLibrary, found_before: list[str]) -> None:
    library.unknown.add(found_before[-1])
    assert openlibrary.OpenLibrary().look_up(found_before[-1:]) == {found_before[-1]: None}
    assert library.requests[0].isbns == [found_before[-1], found_before[-2]]


def test_each_of_the_requests_waits_for_its_turn(
    library: OpenLibrary, found_before: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openlibrary, "SECONDS_A_REQUEST", 0.4)
    library.unknown.add(found_before[-1])
    scan(unknown(library, 3))
    execute_all()
    assert len(library.requests) == 3
    assert library.most_within(0.2) == 1  # the machine may be slow


def test_which_books_may_be_canaries_costs_one_bounded_query(
    found_before: list[str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1) as queries:
        assert openlibrary.known_before() == found_before[::-1]
    assert "LIMIT 100" in queries[0]["sql"]


@pytest.mark.django_db(transaction=True)
def test_a_look_up_with_canaries_survives_being_killed_anywhere(library: OpenLibrary, found_before: list[str]) -> None:
    numbers = unknown(library, 2)
    library.unknown.add(found_before[-1])
    points = assert_survives(look_up_books, rows=waiting(numbers), count=2, reset=RateLimit.objects.all().delete)
    assert points > 20


def test_an_empty_answer_that_lasts_ends_the_job_with_a_reason(library: OpenLibrary, found_before: list[str]) -> None:
    library.always = Odd()
    scan(isbns(3))
    execute_all()
    assert states() == {"failed": 3, "filled": 4}
    assert "Open Library is having problems" in Book.objects.filter(state="failed").first().reason
