"""What the first record lacks comes from the sources behind it: once each, empty and unlocked fields alone."""

import re
from typing import Any

import pytest
from django.test import Client

from task.books.again import look_up_one_again
from task.books.models import Book, BookAuthor, BookChange, SourceAnswer
from task.books.more import ask_more
from task.jobs.engine.executor import execute
from task.jobs.models import Job, RateLimit, State
from task.jobs.testing import assert_survives, execute_all
from tests.books.catalogues import k10plus as k10plus
from tests.books.catalogues import loc as loc
from tests.books.conftest import isbns, scan
from tests.books.test_pages import words
from tests.services.catalogues import Sru, field, record
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import Odd

pytestmark = pytest.mark.django_db


def poor(library: OpenLibrary, *numbers: str) -> None:
    """Open Library has their titles alone."""
    library.records |= {isbn: {"title": f"The one of {isbn}", "key": f"/books/{isbn}"} for isbn in numbers}


def look_up(*numbers: str) -> None:
    scan(list(numbers))
    execute_all()


def english(isbn: str) -> str:
    return record(isbn, "Another title", field("041", a="eng"))


def test_empty_fields_come_from_the_next_source(k10plus: Sru, library: OpenLibrary) -> None:
    isbn = isbns(1)[0]
    poor(library, isbn)
    k10plus.has(isbn, english(isbn))
    look_up(isbn)
    book = Book.objects.get()
    assert (book.title, book.source, book.outside_id) == (f"The one of {isbn}", "Open Library", isbn)
    assert (book.publish_date, book.publishers, book.language) == ("1976", ["Ace Books"], "English")
    assert book.author_names == "Ursula K. Le Guin"
    assert (book.pages, book.series, book.subtitle) == (None, "", ""), "It is asked for no more than that."
    assert {name: book.origin_of(name) for name in ("title", "language", "authors")} == {
        "title": "Open Library", "language": "K10plus", "authors": "K10plus",
    }  # fmt: skip
    assert BookAuthor.objects.get().source == "K10plus"
    newest = BookChange.objects.latest("id")
    assert (newest.source, sorted(newest.fields)) == ("K10plus", ["authors", "language", "publish_date", "publishers"])
    assert not book.more_due
    job = Job.objects.get(kind="books.ask_more")
    assert (job.message, job.done, job.total) == ("4 empty fields filled in.", 1, 1)


def test_what_is_there_or_locked_stays(k10plus: Sru, library: OpenLibrary) -> None:
    isbn = isbns(1)[0]
    library.records[isbn] = {"title": "T", "publish_date": "1969", "authors": [{"name": "Somebody"}]}
    k10plus.has(isbn, english(isbn))
    scan([isbn])
    execute(Job.objects.get(kind="books.look_up").pk)
    Book.objects.update(locked=["publishers"])
    execute_all()
    book = Book.objects.get()
    assert (book.publish_date, book.author_names, book.publishers) == ("1969", "Somebody", [])
    assert book.language == "English"
    assert book.given == {"language": "K10plus"}


def test_each_source_is_asked_once_and_only_for_what_it_may_have(k10plus: Sru, loc: Sru, library: OpenLibrary) -> None:
    """Twelve books are two requests; the second source is asked for what the first left open."""
    numbers = isbns(12)
    for isbn in numbers[:10]:
        k10plus.has(isbn, english(isbn))
    look_up(*numbers)
    assert [len(asked.isbns) for asked in k10plus.requests] == [10, 2]
    assert loc.isbns == numbers[10:]
    assert SourceAnswer.objects.filter(source="K10plus", result="none").count() == 2
    assert not Book.objects.filter(more_due=True).exists()
    ask_more.delay()
    execute_all()
    assert (len(k10plus.requests), len(loc.requests)) == (2, 1), "Nobody is asked twice."


def test_without_another_source_there_is_no_other_job(library: OpenLibrary) -> None:
    poor(library, *isbns(2))
    look_up(*isbns(2))
    assert Job.objects.count() == 1


def test_a_book_of_a_later_source_asks_those_behind_it(k10plus: Sru, loc: Sru, library: OpenLibrary) -> None:
    isbn = isbns(1)[0]
    library.unknown = {isbn}
    k10plus.has(isbn, english(isbn).replace("264", "265"))  # without publisher
    loc.has(isbn)
    look_up(isbn)
    book = Book.objects.get()
    assert (book.source, book.given) == ("K10plus", {"publishers": "Library of Congress"})
    assert [len(server.requests) for server in (k10plus, loc)] == [1, 1]


def test_books_of_a_source_that_is_away_wait_for_the_night(k10plus: Sru, loc: Sru, library: OpenLibrary) -> None:
    numbers = isbns(3)
    poor(library, *numbers)
    k10plus.always = Odd(status=500)
    for isbn in numbers:
        loc.has(isbn, record(isbn).replace('tag="100"', 'tag="101"'))  # without an author
    look_up(*numbers)
    assert set(Book.objects.values_list("publish_date", "more_due")) == {("1976", True)}
    k10plus.always = None
    for isbn in numbers:
        k10plus.has(isbn)
    RateLimit.objects.update(blocked_until=None)
    ask_more.delay()
    execute_all()
    assert {book.author_names for book in Book.objects.all()} == {"Ursula K. Le Guin"}
    assert not Book.objects.filter(more_due=True).exists()
    assert len(loc.requests) == 1


def test_looking_up_again_asks_those_again_that_did_not_have_it(k10plus: Sru, library: OpenLibrary) -> None:
    isbn = isbns(1)[0]
    poor(library, isbn)
    look_up(isbn)
    k10plus.has(isbn, english(isbn))
    job = look_up_one_again(Book.objects.get(), None)
    assert job is not None
    execute_all()
    assert Book.objects.get().language == "English"
    assert len(k10plus.requests) == 2


def test_a_book_by_hand_takes_what_any_source_has_though_another_is_away(
    k10plus: Sru, loc: Sru, library: OpenLibrary
) -> None:
    isbn = isbns(1)[0]
    book = Book.objects.create(isbn=isbn, title="Mine", state="filled", source="by hand", locked=["title"])
    library.unknown = {isbn}
    k10plus.always = Odd(status=500)
    loc.has(isbn)
    job = look_up_one_again(book, None)
    assert job is not None
    execute_all()
    job.refresh_from_db()
    book.refresh_from_db()
    assert (job.state, book.title, book.author_names) == (State.SUCCEEDED, "Mine", "Ursula K. Le Guin")
    assert book.origin_of("publishers") == "Library of Congress"
    loc.records = {}
    assert look_up_one_again(book, None)
    execute_all()
    assert Job.objects.latest("created").message == "No source has more on this book. It stays as it was."


@pytest.mark.usefixtures("unblocked")
def test_a_books_own_source_that_is_away_is_waited_for(k10plus: Sru, library: OpenLibrary) -> None:
    isbn = isbns(1)[0]
    library.unknown = {isbn}
    book = Book.objects.create(isbn=isbn, title="T", state="filled", source="K10plus")
    k10plus.always = Odd(status=500)
    job = look_up_one_again(book, None)
    assert job is not None
    execute_all()
    job.refresh_from_db()
    assert (job.state, Book.objects.get().title) == (State.FAILED, "T")
    assert job.error.startswith("K10plus is having problems (error 500).")


def test_a_later_source_that_is_asked_for_covers(k10plus: Sru, library: OpenLibrary, settings: Any) -> None:
    settings.SOURCES = ("k10plus", "openlibrary")
    isbn = isbns(1)[0]
    k10plus.has(isbn, english(isbn))
    library.has_covers = True
    scan([isbn])
    execute(Job.objects.get().pk)
    execute(Job.objects.get(kind="books.ask_more").pk)
    book = Book.objects.get()
    assert (book.source, book.cover_due) == ("K10plus", True)
    assert book.cover_url.startswith("https://covers.openlibrary.org/")
    assert Job.objects.filter(kind="books.fetch_covers").exists()


def test_the_page_says_who_gave_what(k10plus: Sru, library: OpenLibrary, member: Client) -> None:
    isbn = isbns(1)[0]
    library.records[isbn] = {"title": "T", "publish_date": "1969"}
    k10plus.has(isbn, english(isbn))
    look_up(isbn)
    text = " ".join(re.sub("<[^>]+>", " ", words(member.get(f"/books/{isbn}/"))).split())
    assert "Published 1969 Open Library" in text
    assert "Language English K10plus" in text
    assert "K10plus gave authors, publishers and language" in text


def test_a_failed_author_is_no_reason_to_lose_a_book(k10plus: Sru, library: OpenLibrary) -> None:
    isbn = isbns(1)[0]
    poor(library, isbn)
    k10plus.has(isbn, english(isbn).replace("Le Guin, Ursula K.,", "x" * 100_000))
    look_up(isbn)
    assert Job.objects.get(kind="books.ask_more").state == State.SUCCEEDED
    assert len(Book.objects.get().author_names) <= 300


@pytest.mark.django_db(transaction=True)
def test_the_job_survives(k10plus: Sru, library: OpenLibrary) -> None:
    """Two questions: one book is filled in, for the other nobody has anything."""
    numbers = isbns(2)
    k10plus.has(numbers[0], english(numbers[0]))
    Book.objects.bulk_create(
        [Book(isbn=isbn, title="T", state="filled", source="Open Library", more_due=True) for isbn in numbers]
    )
    assert assert_survives(ask_more, reset=RateLimit.objects.all().delete) > 20
