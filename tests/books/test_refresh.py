"""A found book is looked up again: it stays found and can be ordered, and only an answer changes it."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.again import look_up_one_again
from task.books.models import Author, Book, BookAuthor, BookSubject, Subject
from task.books.refresh import refreshing
from task.books.sources.catalogue import editions
from task.books.tasks import refresh_book
from task.jobs import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job, RateLimit, State
from task.jobs.testing import assert_survives, execute_all
from task.orders.stock import take_copies
from tests.api.conftest import program as program
from tests.books.conftest import scan
from tests.books.test_pages import words
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import NO_ANSWER, Odd

pytestmark = pytest.mark.django_db
ISBN = "9780345418913"  # the local catalogue knows it too
ADAMS = {"name": "Douglas Adams", "url": "https://openlibrary.org/authors/OL1A/x"}
RECORD = {
    "title": "The Hitchhiker's Guide",
    "subtitle": "a trilogy",
    "key": "/books/OL1M",
    "authors": [ADAMS],
    "number_of_pages": 224,
    "publish_date": "1997",
    "subjects": [{"name": "Towels", "url": "https://openlibrary.org/subjects/towels"}, {"name": "Tea"}],
}


@pytest.fixture
def book(library: OpenLibrary, alice: Any) -> Book:
    library.records[ISBN] = RECORD
    scan([ISBN], alice)
    execute_all()
    library.requests.clear()
    return Book.objects.get()


def again(book: Book, owner: Any = None) -> Job:
    book.refresh_from_db()
    job = look_up_one_again(book, owner)
    assert job is not None
    execute_all()
    job.refresh_from_db()
    return job


def content(book: Book) -> dict[str, Any]:
    """All that a reader sees of it."""
    row = Book.objects.filter(pk=book.pk).values("title", "subtitle", "pages", "publish_date", "state", "source").get()
    authors = list(book.authors.order_by("bookauthor__position").values_list("name", flat=True))
    return {**row, "authors": authors, "subjects": sorted(book.subjects.values_list("name", flat=True))}


def test_a_new_record_replaces_the_old_one(library: OpenLibrary, book: Book) -> None:
    new = {"name": "Eoin Colfer", "url": "https://openlibrary.org/authors/OL2A/x"}
    library.records[ISBN] = RECORD | {
        "title": "The Hitchhiker’s Guide to the Galaxy", "authors": [new, ADAMS], "number_of_pages": 225,
        "subjects": [{"name": "Tea"}, {"name": "Space", "url": "https://openlibrary.org/subjects/space"}],
    }  # fmt: skip
    job = again(book)
    assert (job.state, job.message, job.done, job.total) == ("succeeded", "Up to date with Open Library.", 1, 1)
    assert content(book) == {
        "title": "The Hitchhiker’s Guide to the Galaxy", "subtitle": "a trilogy", "pages": 225, "publish_date": "1997",
        "state": "filled", "source": "Open Library", "authors": ["Eoin Colfer", "Douglas Adams"],
        "subjects": ["Space", "Tea"],
    }  # fmt: skip
    book.refresh_from_db()
    assert (book.title_key, book.is_refreshing) == ("the hitchhiker’s guide to the galaxy", False)
    assert set(BookSubject.objects.values_list("source", flat=True)) == {"Open Library"}


def test_it_stays_found_and_can_be_ordered_meanwhile(library: OpenLibrary, book: Book, bob: Any) -> None:
    job = look_up_one_again(book, None)
    book.refresh_from_db()
    assert (book.state, book.is_refreshing, book.refresh_job_id) == ("filled", True, job and job.pk)
    take_copies(book, 1, bob, job)
    assert Book.objects.get().copies == 0
    assert look_up_one_again(book, bob) is None, "A second time while the first waits is nothing."
    execute_all()
    assert Book.objects.get().copies == 0


EMPTY = [
    {"body": "{}"},
    {"body": f'{{"ISBN:{ISBN}": {{"title": "<>", "authors": [{{"name": "????"}}]}}}}'},
    {"body": f'{{"ISBN:{ISBN}": {{"title": "Book {ISBN}"}}}}'},
    {"body": f'{{"ISBN:{ISBN}": null}}'},
    {"body": f'{{"ISBN:{ISBN}": {{"title": "The Hitchhiker\'s Guide"}}}}'},
    {"body": f'{{"ISBN:{ISBN}": {{"title": "The Hitchhiker\'s Guide", "authors": [], "subjects": [{{}}]}}}}'},
]


@pytest.mark.parametrize("odd", EMPTY)
def test_no_answer_takes_anything_from_it(library: OpenLibrary, book: Book, odd: dict[str, Any]) -> None:
    before = content(book)
    library.queue(**odd)
    job = again(book)
    assert job.state == State.SUCCEEDED
    assert content(book) == before
    assert not Book.objects.get().is_refreshing


def test_what_no_source_knows_any_more_is_told_so(library: OpenLibrary, book: Book) -> None:
    library.unknown.add(ISBN)
    assert again(book).message == "No source has more on this book. It stays as it was."


FAULTS = [{"status": 500}, {"status": 403}, {"status": NO_ANSWER}, {"body": '{"error": "timeout"}'}, {"body": "[]"}]


@pytest.mark.usefixtures("unblocked")
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_takes_anything_from_it_and_none_is_an_answer(
    library: OpenLibrary, book: Book, fault: dict[str, Any]
) -> None:
    """Nor does the local catalogue stand in for a source that is away."""
    before = content(book)
    library.queue(**fault)
    job = look_up_one_again(book, None)
    assert job is not None
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, content(book)) == (State.QUEUED, before)
    library.records[ISBN] = RECORD | {"title": "New"}
    execute_all()
    assert content(book) == before | {"title": "New"}


@pytest.mark.usefixtures("unblocked")
def test_a_job_that_fails_leaves_it_found_and_its_retry_goes_on(library: OpenLibrary, book: Book) -> None:
    before = content(book)
    library.always = Odd(status=500)
    job = again(book)
    assert job.state == State.FAILED
    assert content(book) == before
    assert not Book.objects.get().is_refreshing
    library.always = None
    library.records[ISBN] = RECORD | {"title": "New"}
    retry(job)
    assert Book.objects.get().is_refreshing
    execute_all()
    assert content(book) == before | {"title": "New"}


def test_a_cancelled_job_leaves_it_found(library: OpenLibrary, book: Book) -> None:
    before = content(book)
    job = look_up_one_again(book, None)
    assert job is not None
    cancel(job)
    assert content(book) == before
    assert not Book.objects.get().is_refreshing
    assert look_up_one_again(Book.objects.get(), None) is not None


def test_what_a_person_wrote_stays(library: OpenLibrary, book: Book) -> None:
    mine = Author.objects.create(name="My author", key="name:my author")
    BookAuthor.objects.create(book=book, author=mine, position=5)
    BookSubject.objects.filter(subject__name="Tea").update(source="")
    Book.objects.update(title="My title", locked=["title", "pages"], pages=1)
    library.records[ISBN] = RECORD | {
        "subtitle": "new", "subjects": [{"name": "Space"}], "number_of_pages": 300,
        "authors": [{"name": "Eoin Colfer", "url": "https://openlibrary.org/authors/OL2A/x"}],
    }  # fmt: skip
    again(book)
    assert content(book) == {
        "title": "My title", "subtitle": "new", "pages": 1, "publish_date": "1997", "state": "filled",
        "source": "Open Library", "authors": ["Eoin Colfer", "My author"], "subjects": ["Space", "Tea"],
    }  # fmt: skip


@pytest.mark.parametrize("attribute", ["authors", "subjects"])
def test_a_list_that_a_person_wrote_stays_whole(library: OpenLibrary, book: Book, attribute: str) -> None:
    Book.objects.update(locked=[attribute])
    before = content(book)
    library.records[ISBN] = RECORD | {attribute: [{"name": "Another"}]}
    again(book)
    assert content(book) == before


def test_a_first_look_up_leaves_what_a_person_wrote(library: OpenLibrary, alice: Any) -> None:
    library.records[ISBN] = RECORD
    scan([ISBN], alice)
    Book.objects.update(title="My title", title_key="my title", locked=["title", "authors"])
    execute_all()
    found = Book.objects.get()
    assert (found.title, found.title_key, found.subtitle, found.state) == (
        "My title",
        "my title",
        "a trilogy",
        "filled",
    )
    assert (found.authors.count(), found.subjects.count()) == (0, 2)


def test_a_better_source_takes_over_and_a_lesser_one_does_not(library: OpenLibrary, alice: Any) -> None:
    library.unknown.add(ISBN)
    scan([ISBN], alice)
    execute_all()
    book = Book.objects.get()
    assert book.source == "the local catalogue"
    library.unknown.clear()
    library.records[ISBN] = RECORD
    assert again(book).message == "Up to date with Open Library."
    assert content(book)["authors"] == ["Douglas Adams"], "And not once more from the local catalogue."
    before = content(book)
    library.unknown.add(ISBN)
    assert again(book).message == "No source has more on this book. It stays as it was."
    assert content(book) == before


def test_a_book_that_is_not_found_waits_for_its_look_up_again(library: OpenLibrary, book: Book, alice: Any) -> None:
    Book.objects.update(state="not_found")
    job = look_up_one_again(book, alice)
    assert job is not None
    assert (job.kind, Book.objects.get().state) == ("books.look_up", "waiting")
    assert look_up_one_again(book, alice) is None


def test_a_book_that_is_removed_meanwhile_is_not_marked_for_ever(library: OpenLibrary, book: Book) -> None:
    look_up_one_again(book, None)
    Book.objects.update(removed_at=Now())
    execute_all()
    assert not Book.with_removed.get().is_refreshing


def test_a_book_without_an_isbn_has_nothing_to_look_up_by(
    book: Book, client_of: Callable[[Any], Client], charlie: Any
) -> None:
    by_hand = Book.objects.create(number="L000001", isbn=None, title="A diary", state="filled")
    page = client_of(charlie).post(f"{by_hand.get_absolute_url()}lookup/", follow=True)
    assert "L000001 has no ISBN to look it up by." in words(page)
    assert "Look up again" not in words(page)
    assert not Job.objects.filter(kind="books.refresh").exists()


def test_links_of_older_versions_come_from_the_source_of_their_book(book: Book) -> None:
    other = Book.objects.create(isbn="9780451524935", source="the local catalogue", state="filled")
    BookSubject.objects.create(book=other, subject=Subject.objects.get(name="Tea"))
    for links in (BookAuthor, BookSubject):
        links.objects.update(source="")
    import_module("task.books.migrations.0010_answers").name_sources(apps, None)
    assert set(BookAuthor.objects.values_list("source", flat=True)) == {"Open Library"}
    assert set(BookSubject.objects.values_list("book", "source")) == {
        (book.pk, "Open Library"), (other.pk, "the local catalogue"),
    }  # fmt: skip


# Names


def name_of(key: str) -> tuple[str, str, str]:
    author = Author.objects.get(key=key)
    return author.name, author.name_key, author.filing_key


def test_a_name_that_the_source_has_mended_is_mended_here(library: OpenLibrary, book: Book) -> None:
    library.records[ISBN] = RECORD | {"authors": [ADAMS | {"name": "Douglas Noël Adams"}]}
    again(book)
    assert name_of("/authors/OL1A") == ("Douglas Noël Adams", "douglas noel adams", "adams douglas noel")
    assert Author.objects.count() == 1


def test_another_book_of_an_author_mends_the_name_too(library: OpenLibrary, book: Book, alice: Any) -> None:
    library.records["9780451524935"] = {"title": "T", "authors": [ADAMS | {"name": "douglas adams"}]}
    scan(["9780451524935"], alice)
    execute_all()
    assert name_of("/authors/OL1A") == ("douglas adams", "douglas adams", "adams douglas")


def test_a_name_that_a_person_wrote_stays(library: OpenLibrary, book: Book) -> None:
    Author.objects.update(name="D. Adams", locked=True)
    again(book)
    assert name_of("/authors/OL1A")[0] == "D. Adams"


def test_a_subject_is_mended_and_does_not_go_back_and_forth_between_capitals(library: OpenLibrary, book: Book) -> None:
    towel = {"name": "TOWELS", "url": "https://openlibrary.org/subjects/towels"}
    library.records[ISBN] = RECORD | {"subjects": [towel]}
    again(book)
    assert Subject.objects.get(key="/subjects/towels").name == "Towels"
    library.records[ISBN] = RECORD | {"subjects": [towel | {"name": "Bath towels"}]}
    again(book)
    subject = Subject.objects.get(key="/subjects/towels")
    assert (subject.name, subject.name_key) == ("Bath towels", "bath towels")


def test_the_local_catalogue_mends_no_name(library: OpenLibrary, alice: Any) -> None:
    key = editions()["9780060736262"].authors[0].key
    assert key == "/authors/OL39597A"
    Author.objects.create(key=key, name="Betty Wehner Smith")
    library.unknown.add("9780060736262")
    scan(["9780060736262"], alice)
    execute_all()
    assert Book.objects.get().source == "the local catalogue"
    assert name_of(key)[0] == "Betty Wehner Smith"


# What it costs, and that it survives


@pytest.mark.django_db(transaction=True)
def test_looking_up_again_survives_being_killed_anywhere(library: OpenLibrary, alice: Any) -> None:
    library.records[ISBN] = RECORD
    scan([ISBN], alice)
    execute_all()
    library.records[ISBN] = RECORD | {"title": "New", "authors": [ADAMS | {"name": "D. N. Adams"}, {"name": "Another"}]}

    def mark(job: Job) -> None:
        Book.objects.update(refresh_job=job, refresh_requested=Now())

    points = assert_survives(refresh_book, owner=alice, rows=mark, isbn=ISBN, reset=RateLimit.objects.all().delete)
    assert points > 20


@pytest.mark.sqlite
def test_a_million_books_cost_a_refresh_nothing(book: Book) -> None:
    job = Job.objects.get()
    with CaptureQueriesContext(connection) as queries:
        list(refreshing(job.pk))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[0]["sql"])
        plan = "; ".join(row[3] for row in cursor.fetchall())
    assert "book_of_refresh" in plan


# Pages


def test_its_page_offers_it_and_tells_that_it_runs(
    library: OpenLibrary, book: Book, client_of: Callable[[Any], Client], alice: Any
) -> None:
    client, url = client_of(alice), book.get_absolute_url()
    assert "Look up again" in words(client.get(url))
    answer = client.post(f"{url}lookup/", follow=True)
    page = words(answer)
    assert f"Looking up {ISBN} again." in page
    assert "This book is being looked up again. It stays as it is until there is an answer." in page
    assert f'data-live="{url}"' in page
    assert "Look up again" not in page
    assert "Order" in page
    assert f"{ISBN} is being looked up already." in words(client.post(f"{url}lookup/", follow=True))
    execute_all()
    page = words(client.get(url))
    assert "being looked up again" not in page
    assert f"Look up {book.title} again" in page, "The job, by the book's title."
    job = Job.objects.get(kind="books.refresh")
    assert "The Hitchhiker's Guide" in unescape(client.get(job.get_absolute_url()).content.decode())


def test_its_page_says_when_the_source_is_asked_next(
    book: Book, client_of: Callable[[Any], Client], alice: Any
) -> None:
    look_up_one_again(book, alice)
    later = Now() + timedelta(minutes=5)
    Job.objects.filter(kind="books.refresh").update(run_after=later, message="Open Library can't be reached.")
    assert "Open Library can't be reached. Next try at" in words(client_of(alice).get(book.get_absolute_url()))


def test_staff_may_and_a_stranger_may_not(
    book: Book, client_of: Callable[[Any], Client], bob: Any, charlie: Any
) -> None:
    url = book.get_absolute_url()
    assert "Look up again" not in words(client_of(bob).get(url))
    assert client_of(bob).post(f"{url}lookup/").status_code == 404
    assert "Look up again" in words(client_of(charlie).get(url))
    client_of(charlie).post(f"{url}lookup/")
    assert Job.objects.get(kind="books.refresh").owner == charlie


def test_a_program_may_too_and_gets_the_job(library: OpenLibrary, book: Book, program: Any, alice: Any) -> None:
    api = program(alice)
    answer = api.post(f"/api/books/{ISBN}/look-up/", HTTP_IDEMPOTENCY_KEY="k")
    job = Job.objects.get(kind="books.refresh")
    assert (answer.status_code, answer.json()["id"], answer.json()["title"]) == (
        202, str(job.pk), f"Look up {book.title} again",
    )  # fmt: skip
    assert api.post(f"/api/books/{ISBN}/look-up/", HTTP_IDEMPOTENCY_KEY="k").json() == answer.json()
    assert api.post(f"/api/books/{ISBN}/look-up/").json()["detail"] == f"{ISBN} is being looked up already."
    assert api.post("/api/books/9780000000002/look-up/").status_code == 404
    assert api.get(f"/api/books/{ISBN}/look-up/").status_code == 405
    execute_all()
    assert api.post("/api/books/0-345-41891-3/look-up/").status_code == 202
    Book.objects.update(state="failed", refresh_requested=None)
    assert api.post(f"/api/books/{ISBN}/look-up/").json()["kind"] == "books.look_up"
