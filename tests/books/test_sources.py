"""The sources in their order: who is asked for what, what a book gets from each, and what one that is away costs."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from celerytask import environment
from task.books import sources
from task.books.models import Book, SourceAnswer, SourceDay, SourceState
from task.books.sources.edition import Blank, Edition
from task.books.sources.googlebooks import GoogleBooks
from task.books.sources.sru import CATALOGUES
from task.books.tasks import look_up_books
from task.jobs import RetryLater, Snooze
from task.jobs.engine.executor import execute
from task.jobs.models import Job, RateLimit, State
from task.jobs.services import http
from task.jobs.testing import assert_survives, execute_all
from tests.books.catalogues import k10plus as k10plus
from tests.books.catalogues import loc as loc
from tests.books.conftest import isbns, scan, waiting
from tests.services.catalogues import Google, Sru, answer, field, marc21, record, volume
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import NO_ANSWER, Odd

pytestmark = pytest.mark.django_db
ISBN = "9780441007318"


def found_by() -> dict[str, str]:
    return dict(Book.objects.values_list("isbn", "source"))


def said(isbn: str) -> dict[str, str]:
    return dict(SourceAnswer.objects.filter(book__isbn=isbn).values_list("source", "result"))


# One client, four catalogues


def test_the_question_names_each_isbn_in_both_lengths(k10plus: Sru) -> None:
    source = sources.SOURCES["k10plus"]
    assert source.look_up([ISBN, "9791234567896"]) == {ISBN: None, "9791234567896": None}
    assert k10plus.requests[0].parameters == {
        "version": "1.1", "operation": "searchRetrieve", "recordSchema": "marcxml", "maximumRecords": "20",
        "query": "pica.isb=9780441007318 or pica.isb=0441007317 or pica.isb=9791234567896",
    }  # fmt: skip


def test_each_catalogue_is_asked_as_it_wants(settings: Any) -> None:
    queries = {source.key: (source.query([ISBN]), source.schema, source.version) for source in CATALOGUES}
    assert queries == {
        "k10plus": ("pica.isb=9780441007318 or pica.isb=0441007317", "marcxml", "1.1"),
        "dnb": ("num=9780441007318 or num=0441007317", "MARC21-xml", "1.1"),
        "loc": ("bath.isbn=9780441007318 or bath.isbn=0441007317", "marcxml", "1.1"),
        "bnf": ('bib.fuzzyISBN any "9780441007318"', "unimarcXchange", "1.2"),
    }
    assert all(getattr(settings, source.setting).startswith("http") for source in CATALOGUES)


def test_ten_isbns_are_one_question_and_the_answers_are_told_apart(k10plus: Sru) -> None:
    numbers = isbns(12)
    for isbn in numbers[::2]:
        k10plus.has(isbn)
    found = sources.SOURCES["k10plus"].look_up(numbers)
    assert [len(asked.isbns) for asked in k10plus.requests] == [10, 2]
    assert {isbn: getattr(each, "title", None) for isbn, each in found.items()} == {
        isbn: f"The book of {isbn}" if isbn in numbers[::2] else None for isbn in numbers
    }


def test_what_a_cut_answer_does_not_tell_is_asked_again_alone(k10plus: Sru, library: OpenLibrary) -> None:
    first, second = isbns(2)
    library.unknown = {first, second}
    k10plus.has(first, *[record(first)] * 40)
    k10plus.has(second)
    scan([first, second])
    execute_all()
    assert found_by() == {first: "K10plus", second: "K10plus"}
    assert [len(asked.isbns) for asked in k10plus.requests] == [2, 1]


def test_a_server_that_answers_all_it_has_answers_nothing(k10plus: Sru) -> None:
    """As one does for an index that it does not know."""
    k10plus.always = Odd(body=answer(*[record(isbn) for isbn in isbns(50)], total=7_793_152))
    assert sources.SOURCES["k10plus"].look_up([ISBN]) == {ISBN: None}


DIAGNOSTIC = (
    "<diagnostics><diagnostic><uri>info:srw/diagnostic/1/10</uri><message>Syntax</message></diagnostic></diagnostics>"
)
ODD: list[dict[str, Any]] = [
    {"status": 500, "body": "<html>"}, {"status": 503, "headers": {"Retry-After": "1200"}}, {"status": 429},
    {"status": 403, "body": "<html>"}, {"body": "<html>"}, {"body": ""}, {"status": NO_ANSWER},
    {"body": "x" * 2_000_001}, {"body": answer(diagnostic=DIAGNOSTIC)},
    {"status": 302, "headers": {"Location": "http://localhost:9/elsewhere"}},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_is_a_pause_for_all_and_no_answer(k10plus: Sru, odd: dict[str, Any]) -> None:
    source = sources.SOURCES["k10plus"]
    k10plus.queue(**odd)
    with pytest.raises(RetryLater):
        source.look_up([ISBN])
    with pytest.raises(Snooze, match="K10plus"):
        source.look_up([ISBN])
    assert len(k10plus.requests) == 1
    assert RateLimit.objects.get(source="K10plus").strikes or odd["status"] == 503


def test_a_server_that_hangs_is_left(k10plus: Sru, monkeypatch: pytest.MonkeyPatch) -> None:
    from task.books.sources import asking

    monkeypatch.setattr(asking, "SECONDS", 0.2)
    k10plus.queue(delay=1)
    before = time.monotonic()
    with pytest.raises(RetryLater, match="took longer than"):
        sources.SOURCES["k10plus"].look_up([ISBN])
    assert time.monotonic() - before < 0.9


# What comes from where


def test_a_book_is_found_with_the_first_record_that_has_a_title(k10plus: Sru, loc: Sru, library: OpenLibrary) -> None:
    first, second, third, fourth = isbns(4)
    library.unknown = {second, third, fourth}
    k10plus.has(second)
    k10plus.has(third, marc21(field("020", a=third)))  # without a title
    loc.knows_all = True
    loc.records[fourth] = []
    job = scan([first, second, third, fourth])
    execute_all()
    assert found_by() == {first: "Open Library", second: "K10plus", third: "Library of Congress", fourth: ""}
    book = Book.objects.get(isbn=fourth)
    assert (book.state, book.stage) == ("not_found", 0)
    assert book.reason == "Open Library, the local catalogue, K10plus and Library of Congress do not have this book."
    assert said(third) == {
        "Open Library": "none", "the local catalogue": "none", "K10plus": "blank", "Library of Congress": "found",
    }  # fmt: skip
    job.refresh_from_db()
    assert (job.message, job.done) == ("3 books found, 1 not found.", 4)


def test_no_found_book_waits_for_a_slower_source(k10plus: Sru, library: OpenLibrary) -> None:
    """All that the first source knows is written before the second is asked for anything."""
    numbers = isbns(60)
    library.unknown = set(numbers[::20])
    k10plus.knows_all = True
    job = scan(numbers)
    execute(job.pk)
    assert [each.isbns for each in k10plus.requests] == [numbers[::20]]
    assert k10plus.requests[0].at > library.requests[-1].at
    assert len(library.requests) == 3
    assert SourceDay.objects.get(source="Open Library").asked == 60
    assert SourceDay.objects.get(source="K10plus").found == 3
    job.refresh_from_db()
    assert job.message == "60 books found."


def test_the_order_is_the_settings(k10plus: Sru, library: OpenLibrary, settings: Any) -> None:
    settings.SOURCES = ("k10plus", "openlibrary")
    one, other = isbns(2)
    k10plus.has(one)
    scan([one, other])
    execute_all()
    assert found_by() == {one: "K10plus", other: "Open Library"}


def test_one_that_is_away_costs_nobody_the_others_answers(k10plus: Sru, loc: Sru, library: OpenLibrary) -> None:
    one, other = isbns(2)
    library.unknown = {one, other}
    k10plus.always = Odd(status=500)
    loc.has(one)
    job = scan([one, other])
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.faults) == (State.SUCCEEDED, 0)
    assert found_by() == {one: "Library of Congress", other: ""}
    assert Book.objects.get(isbn=other).reason == (
        "Open Library, the local catalogue and Library of Congress do not have this book. K10plus did not answer."
    )
    assert said(other)["K10plus"] == "away"
    assert len(k10plus.requests) == 1, "It is let alone for a while."


def test_the_first_that_is_away_is_passed_over(k10plus: Sru, settings: Any) -> None:
    settings.OPENLIBRARY_URL = "http://127.0.0.1:9"
    one, other = isbns(2)
    k10plus.has(one)
    scan([one, other])
    execute_all()
    assert found_by() == {one: "K10plus", other: ""}
    assert Book.objects.get(isbn=other).reason == (
        "The local catalogue and K10plus do not have this book. Open Library did not answer."
    )


def test_a_moment_is_waited_for(k10plus: Sru, library: OpenLibrary) -> None:
    library.queue(status=429, headers={"Retry-After": "1"})
    job = scan(isbns(1))
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, k10plus.requests) == (State.QUEUED, "Open Library asked us to wait.", [])


@pytest.mark.usefixtures("unblocked")
def test_with_all_of_them_away_the_books_wait(k10plus: Sru, library: OpenLibrary) -> None:
    library.always = k10plus.always = Odd(status=500)
    scan(isbns(1))
    execute_all()
    job = Job.objects.get()
    assert job.state == State.FAILED
    assert "Open Library is having problems (error 500)." in job.error
    assert Book.objects.get().state == "failed"


def test_a_paused_source_is_not_asked(k10plus: Sru, library: OpenLibrary) -> None:
    SourceState.objects.create(source="k10plus", paused_at="2026-01-01T00:00Z")
    library.unknown = set(isbns(1))
    scan(isbns(1))
    execute_all()
    assert k10plus.requests == []
    assert Book.objects.get().reason == "Open Library and the local catalogue do not have this book."


@pytest.mark.django_db(transaction=True)
def test_a_look_up_over_stages_survives(k10plus: Sru, library: OpenLibrary) -> None:
    library.unknown = set(isbns(1))
    k10plus.has(isbns(1)[0])
    free = RateLimit.objects.all().delete
    assert assert_survives(look_up_books, rows=waiting(isbns(1)), count=1, reset=free) > 40


# The setting


def test_the_setting_knows_all_sources_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES", ",".join(sources.SOURCES))
    words = tuple(sources.SOURCES)
    assert environment.several("SOURCES", "openlibrary", words) == words
    for wrong in ("k10plus,k10plus", "amazon", ","):
        monkeypatch.setenv("SOURCES", wrong)
        with pytest.raises(ImproperlyConfigured, match="SOURCES must be one or more of openlibrary"):
            environment.several("SOURCES", "openlibrary", words)
    assert all(len(source.name) <= 30 for source in sources.SOURCES.values())


# Google Books


@pytest.fixture
def google(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    with Google() as server:
        settings.GOOGLE_BOOKS_URL, settings.GOOGLE_BOOKS_KEY = server.url, "a-secret-key"
        monkeypatch.setattr(GoogleBooks, "seconds", 0.01)
        yield server


def google_says(isbn: str = ISBN) -> Any:
    return GoogleBooks().look_up([isbn])[isbn]


def test_google_books_field_by_field(google: Google) -> None:
    google.volumes[ISBN] = [volume("9780345418913", title="Another book"), volume(ISBN)]
    found = google_says()
    assert isinstance(found, Edition)
    assert (found.title, found.authors[0].name, found.publishers) == (
        "The left hand of darkness", "Ursula K. Le Guin", ["Penguin"],
    )  # fmt: skip
    assert (found.publish_date, found.pages, found.language) == ("2000-07-01", 304, "English")
    assert (found.cover_url, found.raw) == ("", ""), "Nothing that its terms may forbid is kept."
    asked = google.requests[0]
    assert asked.headers["X-Goog-Api-Key"] == "a-secret-key"
    assert "key" not in asked.parameters


def test_google_books_keeps_more_where_the_operator_says_so(google: Google, settings: Any) -> None:
    settings.GOOGLE_BOOKS_KEEP = True
    google.volumes[ISBN] = [volume(ISBN)]
    found = google_says()
    assert found.cover_url == "https://books.google.com/books/content?id=GjAS&zoom=1&source=gbs_api"
    assert '"volumeInfo"' in found.raw


@pytest.mark.parametrize(
    "odd", [{}, {"title": ""}, {"authors": "no list"}, {"industryIdentifiers": None}, {"imageLinks": []}]
)
def test_what_google_books_may_leave_out(google: Google, odd: dict[str, Any]) -> None:
    google.volumes[ISBN] = [volume(ISBN, **odd), {"volumeInfo": None}]
    found = google_says()
    assert found is None or isinstance(found, Edition | Blank)


@pytest.mark.parametrize(
    ("status", "words", "least", "most"),
    [(429, "limit 'Queries per day'", 3_000, 21_700), (429, "limit 'Queries per minute'", 50, 61),
     (403, "quotaExceeded", 50, 61), (400, "API key not valid", 500, 601)],
)  # fmt: skip
def test_a_used_up_quota_is_a_pause(google: Google, status: int, words: str, least: float, most: float) -> None:
    google.queue(status=status, body=json.dumps({"error": {"message": words}}))
    with pytest.raises(Snooze) as raised:
        google_says()
    assert least <= (raised.value.after or 0) <= most
    assert "a-secret-key" not in str(raised.value)


def test_without_a_key_google_books_is_off(settings: Any) -> None:
    settings.SOURCES, settings.GOOGLE_BOOKS_KEY = ("googlebooks", "catalogue"), ""
    assert [source.key for source in sources.in_order()] == ["catalogue"]
    settings.GOOGLE_BOOKS_KEY = "a-secret-key"
    assert [source.key for source in sources.in_order()] == ["googlebooks", "catalogue"]


def test_no_answer_of_a_source_is_larger_than_it_may_be() -> None:
    from task.books.sources import asking

    assert asking.LARGEST <= 2_000_000
    assert asking.SECONDS <= http.READ_SECONDS
