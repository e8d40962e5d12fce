"""The look-up job, from waiting books to filled ones, with every fault on the way."""

import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from task.books import tasks
from task.books.fill import portions
from task.books.models import Author, Book, BookAuthor, Person, Subject
from task.books.sources import Edition, Name
from task.books.sources.catalogue import Catalogue
from task.books.stages import Asked
from task.books.tasks import look_up_books
from task.jobs import RetryLater, reservation
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job, RateLimit, State
from task.jobs.services import http, rate_limit
from task.jobs.testing import assert_survives, execute_all
from tests.books.conftest import isbns, scan, waiting
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import NO_ANSWER, Odd

pytestmark = pytest.mark.django_db
KNOWN = ["9780345418913", "9780451524935", "9780451526342", "9781101990322"]


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Book.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_a_book_is_filled_with_all_that_is_known(library: OpenLibrary, alice: Any) -> None:
    library.records["9780345418913"] = {
        "title": "The Hitchhiker’s Guide",
        "subtitle": "a trilogy",
        "key": "/books/OL1M",
        "url": "https://openlibrary.org/books/OL1M",
        "authors": [
            {"name": "Zoë Adams", "url": "https://openlibrary.org/authors/OL2A/x"},
            {"name": "Al Other", "url": "https://openlibrary.org/authors/OL1A/x"},
        ],
        "subjects": [{"name": "Towels", "url": "https://openlibrary.org/subjects/towels"}],
        "subject_people": [{"name": "Arthur Dent", "url": "https://openlibrary.org/subjects/person:arthur_dent"}],
        "number_of_pages": "224 p.",
        "publish_date": "May 1997",
        "publishers": [{"name": "Del Rey"}],
        "cover": {"medium": "https://covers.openlibrary.org/b/id/7-M.jpg"},
    }
    job = scan(["9780345418913"], alice)
    execute_all()
    book = Book.objects.get()
    job.refresh_from_db()
    assert (job.state, job.message, job.done, job.total) == (State.SUCCEEDED, "1 book found.", 1, 1)
    assert (book.state, book.title, book.title_key, book.subtitle, book.pages, book.publish_date, book.publishers) == (
        "filled", "The Hitchhiker’s Guide", "the hitchhiker’s guide", "a trilogy", 224, "May 1997", ["Del Rey"],
    )  # fmt: skip
    assert (book.outside_id, book.source, book.year) == ("OL1M", "Open Library", "1997")
    assert book.cover_url == "https://covers.openlibrary.org/b/id/7-M.jpg"
    assert book.filled_at is not None
    assert Book.objects.for_list().get().author_names == "Zoë Adams, Al Other"
    assert [subject.key for subject in book.subjects.all()] == ["/subjects/towels"]
    assert [person.filing_key for person in book.people.all()] == ["dent arthur"]


def test_an_author_of_many_books_is_one_row(library: OpenLibrary) -> None:
    author = {"name": "A", "url": "https://openlibrary.org/authors/OL1A/a"}
    for isbn in isbns(30):
        library.records[isbn] = {"title": "T", "authors": [author]}
    scan(isbns(30))
    execute_all()
    assert Author.objects.count() == 1
    assert BookAuthor.objects.count() == 30


def test_a_hundred_books_are_four_requests(library: OpenLibrary) -> None:
    """Each has a canary: a book that Open Library knows."""
    job = scan(isbns(100))
    execute_all()
    job.refresh_from_db()
    assert states() == {"filled": 100}
    assert [len(asked.isbns) for asked in library.requests] == [26, 26, 26, 26]
    assert {isbn for asked in library.requests for isbn in asked.isbns} > set(isbns(100))
    assert job.message == "100 books found."


def test_twenty_people_who_scan_one_book_each_cost_one_request(library: OpenLibrary) -> None:
    jobs = [scan([isbn]) for isbn in isbns(20)]
    execute_all()
    assert states() == {"filled": 20}
    assert len(library.requests) == 1
    assert {(job.state, job.done) for job in Job.objects.all()} == {(State.SUCCEEDED, 1)}
    assert len(jobs) == 20


def test_a_jobs_own_books_come_before_those_of_others(library: OpenLibrary) -> None:
    scan(isbns(30))
    mine = scan(isbns(3, start=100))
    Job.objects.exclude(pk=mine.pk).update(run_after=Now(), created=Now())
    execute(mine.pk)
    assert library.requests[0].isbns[:3] == isbns(3, start=100)
    assert len(library.requests[0].isbns) == 26
    assert len(library.requests) == 1


def test_books_that_another_request_has_are_left_to_it_until_its_time_is_up(library: OpenLibrary) -> None:
    scan(isbns(1))
    Book.objects.update(reserved_by=uuid4(), reserved_until=Now() + timedelta(seconds=60))
    job = Job.objects.get()
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.faults, library.requests) == (State.QUEUED, 0, [])
    Book.objects.update(reserved_until=Now() - timedelta(seconds=1))
    execute_all()
    assert states() == {"filled": 1}


# Not found


def test_what_no_source_knows_is_not_found_and_says_so(library: OpenLibrary) -> None:
    good, bad = isbns(2)
    library.unknown = {bad}
    job = scan([good, bad])
    execute_all()
    job.refresh_from_db()
    book = Book.objects.get(isbn=bad)
    assert job.message == "1 book found, 1 not found."
    assert (book.state, len(library.requests)) == ("not_found", 1)
    assert book.reason.startswith("Open Library and the local catalogue do not have")


def test_an_empty_answer_to_a_batch_is_asked_again_in_parts(library: OpenLibrary) -> None:
    numbers = isbns(25)
    library.poison = {numbers[17]}
    scan(numbers)
    execute_all()
    assert states() == {"filled": 24, "not_found": 1}
    assert Book.objects.get(state="not_found").isbn == numbers[17]
    assert [len(asked.isbns) for asked in library.requests][:2] == [26, 6]
    assert len(library.requests) <= 13


def test_all_unknown_are_asked_one_by_one_before_they_are_not_found(library: OpenLibrary) -> None:
    library.unknown = {*isbns(5), *Catalogue().isbns()}
    scan(isbns(5))
    execute_all()
    assert states() == {"not_found": 5}
    assert sorted(asked.isbns[0] for asked in library.requests if len(asked.isbns) == 2) == isbns(5)


class NeverSure:
    """A source that never says of a book that it does not know it."""

    key, name, label, batch, is_local, gives, keeps_raw, missing = "far", "Far", "Far", 25, False, set(), False, ""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def look_up(self, numbers: Sequence[str]) -> dict[str, Any]:
        self.asked.append(list(numbers))
        if len(self.asked) > 20:
            raise RetryLater("Asked too often.")
        return {}


def test_a_source_that_is_never_sure_is_asked_once_for_one_book(monkeypatch: pytest.MonkeyPatch) -> None:
    far = NeverSure()
    monkeypatch.setattr(tasks, "in_order", lambda: [far])
    first, second, third = numbers = isbns(3)
    job = scan(numbers)
    execute_all()
    job.refresh_from_db()
    assert far.asked == [numbers, [first], [second], [third]]
    assert (job.state, states()) == (State.SUCCEEDED, {"not_found": 3})
    assert Book.objects.filter(reason="Far does not have this book.").count() == 3


# Faults


ODD = [
    {"status": 500, "body": "<html>"},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"status": 429},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 403, "body": "<html>"},
    {"body": "<html>", "headers": {"Content-Type": "text/html"}},
    {"body": "{}"},
    {"body": '{"error": "timeout"}'},
    {"body": ""},
    {"status": NO_ANSWER},
]


@pytest.mark.usefixtures("unblocked")
@pytest.mark.parametrize("odd", ODD)
def test_after_a_fault_all_books_are_filled_and_none_is_lost(library: OpenLibrary, odd: dict[str, Any]) -> None:
    library.queue(**odd)
    scan(isbns(30))
    _perform_patiently()
    assert states() == {"filled": 30}


def _perform_patiently() -> None:
    """As `perform_all`, with the pauses of blocks, which are hundredths of a second here."""
    until = time.monotonic() + 10
    while Job.objects.filter(state=State.QUEUED).exists() and time.monotonic() < until:
        execute_all()


@pytest.mark.usefixtures("unblocked")
def test_a_source_that_stays_away_fails_the_books_with_a_reason(library: OpenLibrary) -> None:
    library.always = Odd(status=500)
    job = scan(isbns(3))
    _perform_patiently()
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert states() == {"failed": 3}
    reason = Book.objects.first().reason
    assert "Open Library is having problems (error 500)." in reason

    library.always = None
    retry(job)
    execute_all()
    assert states() == {"filled": 3}


def test_without_a_network_the_catalogue_fills_what_it_knows_at_once(settings: Any) -> None:
    settings.OPENLIBRARY_URL = "http://127.0.0.1:9"
    scan([*isbns(30), *KNOWN])
    execute(Job.objects.get().pk)
    assert states() == {"filled": 4, "waiting": 30}
    assert set(Book.objects.filter(state="filled").values_list("isbn", "source")) == {
        (isbn, "the local catalogue") for isbn in KNOWN
    }
    job = Job.objects.get()
    assert (job.state, job.message) == (State.QUEUED, "Open Library can't be reached.")
    assert not Book.objects.filter(state="waiting", reserved_until__isnull=False).exists()


def test_a_source_that_was_away_is_not_waited_for_with_what_is_known_nearby(library: OpenLibrary) -> None:
    """Its block is over, and nobody knows yet whether it answers: what the catalogue knows is written before."""
    rate_limit.wait_for_turn("Open Library", 0)
    rate_limit.block("Open Library", "Away.", 0, grows=True)
    library.records[isbns(1)[0]] = {"title": "From afar"}
    scan([*isbns(1), KNOWN[0]])
    execute_all()
    assert dict(Book.objects.values_list("isbn", "source")) == {
        isbns(1)[0]: "Open Library",
        KNOWN[0]: "the local catalogue",
    }
    assert [asked.isbns[:-1] for asked in library.requests] == [isbns(1)], "And the canary."


def test_books_of_the_catalogue_do_not_wait_for_the_slow_request_of_another_job(
    library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "OTHERS_SECONDS", 0.1)
    job = scan([KNOWN[0], *isbns(1)])
    Book.objects.update(reserved_by=uuid4(), reserved_until=Now() + timedelta(seconds=60))
    execute(job.pk)
    assert dict(Book.objects.values_list("isbn", "state")) == {KNOWN[0]: "filled", isbns(1)[0]: "waiting"}


def test_a_name_that_is_looked_up_for_ever_costs_seconds_and_then_nobody_any(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network often means a name server that does not answer: that has no limit of its own."""
    given_up = threading.Event()
    monkeypatch.setattr(http, "REACH_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: given_up.wait(60) and [])
    settings.OPENLIBRARY_URL = "http://library.invalid"
    start = time.monotonic()
    for isbn in KNOWN[:2]:
        execute(scan([isbn, *isbns(1, start=int(isbn[9:12]))]).pk)
    assert time.monotonic() - start < 9  # and not the minute of the look-up
    given_up.set()
    assert states() == {"filled": 2, "waiting": 2}
    assert RateLimit.objects.get().strikes == 1
    assert {job.message for job in Job.objects.all()} == {"Open Library can't be reached."}


def test_where_open_library_can_be_reached_it_is_asked_first(library: OpenLibrary) -> None:
    library.records[KNOWN[0]] = {"title": "From afar"}
    library.unknown = {KNOWN[1]}
    scan(KNOWN[:2])
    execute_all()
    assert dict(Book.objects.values_list("isbn", "source")) == {
        KNOWN[0]: "Open Library",
        KNOWN[1]: "the local catalogue",
    }


def test_a_record_that_says_nothing_does_not_beat_a_source_behind_it(library: OpenLibrary) -> None:
    blank = {"title": f"Book {KNOWN[0]}", "authors": [{"name": "????"}], "key": "/books/OL1M"}
    library.records |= {KNOWN[0]: blank, KNOWN[1]: {"title": "<>"}, isbns(1)[0]: blank}
    scan([*KNOWN[:2], *isbns(1)])
    execute_all()
    assert dict(Book.objects.values_list("isbn", "source")) == {
        KNOWN[0]: "the local catalogue", KNOWN[1]: "the local catalogue", isbns(1)[0]: "",
    }  # fmt: skip
    assert states() == {"filled": 2, "not_found": 1}
    assert Author.objects.filter(name="????").count() == 0


def test_a_bad_record_does_not_lose_the_other_24(library: OpenLibrary) -> None:
    numbers = isbns(25)
    odd = [None, [], "x", 7, {}, {"title": None, "authors": 7}, {"title": "x" * 700, "subjects": [{}] * 3},
           {"title": "<script>", "url": "javascript:x", "number_of_pages": "1234567890"},
           {"authors": [{"name": "x" * 900, "url": "y" * 900}]}, {"title": "\x00\ud800"}]  # fmt: skip
    library.records |= dict(zip(numbers, odd, strict=False))
    job = scan(numbers)
    execute_all()
    job.refresh_from_db()
    # null stands for a book that is not known: it has no record. Three have no title, and say nothing.
    assert states() == {"filled": 17, "failed": 4, "not_found": 4}
    blank = Book.objects.filter(reason="Open Library knows this ISBN, but has no title for it. Try again later.")
    assert blank.filter(state="not_found", not_found_at__isnull=False).count() == 3
    assert all(book.can_be_looked_up for book in blank)
    assert "can't be read" in Book.objects.filter(state="failed").first().reason
    assert job.state == State.SUCCEEDED


# Ends


def test_a_cancelled_job_dismisss_no_book_waiting(library: OpenLibrary) -> None:
    job = scan(isbns(2))
    cancel(job)
    assert states() == {"cancelled": 2}
    assert Book.objects.first().heading == isbns(1)[0]
    assert Book.objects.first().reason == "The look-up was cancelled."
    retry(job)
    execute_all()
    assert states() == {"filled": 2}


def test_a_book_that_is_cancelled_while_it_is_asked_for_stays_cancelled(
    library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = scan(isbns(1)), scan(isbns(1, start=1))
    asked = tasks.ask_line

    def ask_while_it_is_cancelled(*question: Any) -> Any:
        found = asked(*question)
        with reservation():
            cancel(two)
        return found

    monkeypatch.setattr(tasks, "ask_line", ask_while_it_is_cancelled)
    execute_all()
    assert dict(Book.objects.values_list("job", "state")) == {one.pk: "filled", two.pk: "cancelled"}
    assert BookAuthor.objects.count() == 1


# Writing


def test_a_heavy_batch_is_written_in_several_steps() -> None:
    books = [Book(pk=number, isbn=isbn) for number, isbn in enumerate(isbns(25))]
    subjects = [Name(f"/subjects/{number}", f"S {number}") for number in range(95)]
    answer: dict[str, Any] = {book.isbn: Edition(title="T", subjects=subjects) for book in books}
    made = list(portions(books, Asked(answer), uuid4(), []))
    assert sum(len(portion.found) for portion in made) == 25
    assert max(portion.rows for portion in made) <= 500
    assert len(made) > 5


def test_names_are_written_in_the_order_that_cannot_deadlock(library: OpenLibrary) -> None:
    scan(isbns(25))
    with CaptureQueriesContext(connection) as queries:
        execute_all()
    tables = [
        "books_author",
        "books_person",
        "books_subject",
        "books_bookauthor",
        "books_bookperson",
        "books_booksubject",
    ]
    inserts = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    order = [
        tables.index(table)
        for sql in inserts
        for table in tables
        if f'INTO "{table}"' in sql or f'IGNORE INTO "{table}"' in sql
    ]
    assert order == sorted(order)
    assert set(order) == set(range(6))
    keys = list(Subject.objects.order_by("pk").values_list("key", flat=True))
    assert keys == sorted(keys)
    assert Person.objects.exists()


# Killed before each statement


@pytest.mark.django_db(transaction=True)
def test_a_look_up_survives_being_killed_anywhere(library: OpenLibrary, alice: Any) -> None:
    numbers = isbns(4)
    library.unknown = {numbers[2]}
    points = assert_survives(look_up_books, owner=alice, rows=waiting(numbers, alice), count=4, reset=_free)
    assert points > 20


@pytest.mark.django_db(transaction=True)
def test_a_look_up_in_parts_survives_too(library: OpenLibrary) -> None:
    numbers = isbns(3)
    library.poison = {numbers[1]}
    assert assert_survives(look_up_books, rows=waiting(numbers), count=3, reset=_free) > 40


class AwayForTwo:
    """A source that can't be reached about several books, and knows any one."""

    key, name, label, batch, is_local, gives, keeps_raw, missing = "far", "Far", "Far", 25, False, set(), False, ""

    def look_up(self, numbers: Sequence[str]) -> dict[str, Any]:
        if len(numbers) > 1:
            raise RetryLater("Far can't be reached.")
        return {isbn: Edition(title=f"Far {isbn}", source="Far") for isbn in numbers}


@pytest.mark.django_db(transaction=True)
def test_a_look_up_without_a_network_survives_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "in_order", lambda: [AwayForTwo(), Catalogue()])
    assert assert_survives(look_up_books, rows=waiting([KNOWN[0], *isbns(1)]), count=2, reset=_free) > 30


def _free() -> None:
    RateLimit.objects.all().delete()
