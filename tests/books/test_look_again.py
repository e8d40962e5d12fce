"""At night: books that no source knew are asked for again, those first that nobody has asked for longest."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books import tasks
from task.books.models import Book
from task.books.tasks import look_again, not_found_books
from task.jobs.engine import guards
from task.jobs.engine.executor import execute
from task.jobs.models import Job, RateLimit
from task.jobs.testing import assert_survives, execute_all
from tests.books.conftest import isbns, scan
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db


def not_found(numbers: list[str], nights: float = 1) -> None:
    """Books that were not found so many nights ago; each a second later than the one before."""
    then = timezone.now() - timedelta(days=nights)
    Book.objects.bulk_create(
        Book(isbn=isbn, state="not_found", reason="Nobody knows it.", not_found_at=then + timedelta(seconds=number))
        for number, isbn in enumerate(numbers)
    )


def again() -> Job:
    job = look_again.delay()
    execute_all()
    return Job.objects.get(pk=job.pk)


def test_a_book_that_was_not_found_is_filled_once_a_source_knows_it(library: OpenLibrary) -> None:
    known, unknown = isbns(2)
    not_found([known, unknown])
    library.unknown = {unknown}
    job = again()
    assert (job.state, job.message) == ("succeeded", "Started another look-up of 2 books.")
    assert [(child.owner, child.state, child.title) for child in job.children.all()] == [
        (None, "succeeded", "Look up 2 books")
    ]
    filled, missing = Book.objects.get(isbn=known), Book.objects.get(isbn=unknown)
    assert (filled.state, filled.not_found_at) == ("filled", None)
    assert missing.state == "not_found"
    assert timezone.now() - missing.not_found_at < timedelta(minutes=1)
    assert again().message == "Started another look-up of 0 books.", "It was asked for in this night already."


def test_a_look_up_notes_when_nobody_knew_the_book(library: OpenLibrary) -> None:
    (unknown,) = isbns(1)
    library.unknown = {unknown}
    scan([unknown])
    execute_all()
    book = Book.objects.get()
    assert book.state == "not_found"
    assert book.not_found_at is not None
    assert not not_found_books().exists()


def test_a_night_has_an_end_and_those_asked_longest_ago_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "A_NIGHT", 5)
    monkeypatch.setattr(tasks, "A_LOOK_UP", 2)
    numbers = isbns(8)
    not_found(numbers[4:], nights=2)
    not_found(numbers[:4], nights=9)
    job = look_again.delay()
    while execute(job.pk) == "queued":
        pass
    job.refresh_from_db()
    assert (job.message, job.done, job.total) == ("Started another look-up of 5 books.", 5, 5)
    assert list(Book.objects.filter(state="waiting").order_by("isbn").values_list("isbn", flat=True)) == numbers[:5]
    assert sorted(child.arguments["count"] for child in job.children.all()) == [1, 2, 2]


def test_only_books_that_were_not_found_are_asked_for() -> None:
    long_ago = timezone.now() - timedelta(days=9)
    states = ("waiting", "filled", "failed", "cancelled")
    Book.objects.bulk_create(
        Book(isbn=isbn, state=state, not_found_at=long_ago) for isbn, state in zip(isbns(4), states, strict=True)
    )
    Book.objects.create(isbn=isbns(5)[4], state="not_found", not_found_at=timezone.now() - timedelta(hours=2))
    assert again().message == "Started another look-up of 0 books."
    assert not Job.objects.exclude(kind="books.look_again").exists()


@pytest.mark.django_db(transaction=True)
def test_looking_again_survives_being_killed_anywhere(library: OpenLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "A_LOOK_UP", 1)
    numbers = isbns(2)
    not_found(numbers)
    library.unknown = {numbers[1]}
    then = timezone.now() - timedelta(days=1)
    mine = {"title": "Mine", "state": "filled", "source": "by hand", "not_found_at": then}
    Book.objects.create(isbn=isbns(1, 9)[0], **mine)
    # Each run has other look-up jobs of its own.
    own = ("books.book.job", "books.book.refresh_job")
    points = assert_survives(look_again, reset=RateLimit.objects.all().delete, ignore=own)
    assert points > 30


@pytest.mark.sqlite
def test_a_million_books_that_are_known_cost_the_night_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        list(not_found_books().only("pk")[:100])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[0]["sql"])
        plan = "; ".join(row[3] for row in cursor.fetchall())
    assert "book_not_found (state=? AND not_found_at<?)" in plan
    assert "TEMP B-TREE" not in plan


def test_a_member_is_shown_no_job_that_is_not_theirs(client: Any, alice: Any, charlie: Any) -> None:
    job = look_again.delay()
    book = Book.objects.create(isbn=isbns(1)[0], state="waiting", scanned_by=alice, job=job)
    client.force_login(alice)
    assert job.get_absolute_url() not in client.get(book.get_absolute_url()).content.decode()
    client.force_login(charlie)
    assert job.get_absolute_url() in client.get(book.get_absolute_url()).content.decode()


@pytest.fixture
def one_more_comes_due(monkeypatch):
    """Behind each batch another book has been looked up 20 hours ago."""
    monkeypatch.setattr(tasks, "A_LOOK_UP", 2)
    monkeypatch.setattr(guards, "_writes", lambda sql: False)  # here the test makes them, and not the time
    real, later = tasks.not_found_batches, iter(isbns(40)[2:])

    def batches(run):
        for batch in real(run):
            yield batch
            not_found([next(later)])

    monkeypatch.setattr(tasks, "not_found_batches", batches)


def test_books_that_come_due_while_it_looks_are_looked_up_too(monkeypatch, one_more_comes_due):
    monkeypatch.setattr(tasks, "A_NIGHT", 4)
    not_found(isbns(1))
    job = look_again.delay()
    while execute(job.pk) == "queued":
        pass
    job.refresh_from_db()
    assert (job.state, job.message) == ("succeeded", "Started another look-up of 4 books."), job.traceback


def test_a_book_by_hand_gets_at_night_what_nobody_wrote(library: OpenLibrary, alice: Any) -> None:
    from uuid import UUID

    from task.books.by_hand import saving
    from task.books.sources import Edition

    known, unknown, found = isbns(3)
    for place, isbn in enumerate((known, unknown)):
        saving.save(Edition(title="Mine", pages=7), alice, UUID(int=place), isbn)
    Book.objects.create(isbn=found, title="Found", state="filled", source="Open Library")
    library.unknown = {unknown}
    assert again().message == "Started another look-up of 0 books.", "They were entered in this night."
    Book.objects.filter(source="by hand").update(not_found_at=timezone.now() - timedelta(days=1))
    assert again().message == "Started another look-up of 0 books, and of 2 entered by hand."
    book = Book.objects.get(isbn=known)
    assert (book.title, book.pages, book.source, book.not_found_at) == ("Mine", 7, "by hand", None)
    assert book.authors.exists()
    assert book.origin_of("authors") == "Open Library"
    assert Book.objects.get(isbn=unknown).not_found_at is not None
    assert again().message == "Started another look-up of 0 books."
