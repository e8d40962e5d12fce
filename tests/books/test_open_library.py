"""What Open Library may answer, and what we make of it."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from task.books.sources import Blank, Edition, Unreadable
from task.books.sources.openlibrary import OpenLibrary, answer
from task.books.sources.openlibrary_record import record
from task.jobs import RetryLater
from task.jobs.models import RateLimit
from tests.services.openlibrary import OpenLibrary as Stub
from tests.services.stub import NO_ANSWER

ISBN, OTHER = "9780345418913", "9780451524935"
pytestmark = pytest.mark.django_db


def edition(**fields: Any) -> Edition:
    found = record({"key": "/books/OL1M", "url": "https://openlibrary.org/books/OL1M", "title": "T", **fields})
    assert isinstance(found, Edition)
    return found


def test_a_whole_record_is_read() -> None:
    found = edition(
        title="Wyrd sisters",
        subtitle="starring three witches",
        authors=[{"url": "https://openlibrary.org/authors/OL25712A/Terry_Pratchett", "name": "Terry Pratchett"}],
        subject_people=[{"url": "https://openlibrary.org/subjects/person:nanny_ogg", "name": "Nanny Ogg"}],
        subjects=[{"url": "https://openlibrary.org/subjects/witches", "name": "Witches"}],
        number_of_pages=251,
        publish_date="1988",
        publishers=[{"name": "V. Gollancz"}],
        cover={"small": "https://c.example/1-S.jpg", "large": "https://c.example/1-L.jpg"},
    )
    assert (found.title, found.subtitle, found.pages, found.publish_date) == (
        "Wyrd sisters", "starring three witches", 251, "1988",
    )  # fmt: skip
    assert [(name.key, name.name) for name in found.authors] == [("/authors/OL25712A", "Terry Pratchett")]
    assert [(name.key, name.name) for name in found.people] == [("/subjects/person:nanny_ogg", "Nanny Ogg")]
    assert [(name.key, name.name) for name in found.subjects] == [("/subjects/witches", "Witches")]
    assert (found.publishers, found.cover_url) == (["V. Gollancz"], "https://c.example/1-L.jpg")
    assert (found.outside_id, found.outside_url) == ("OL1M", "https://openlibrary.org/books/OL1M")


def test_only_key_and_url_are_sure_and_a_title_is_what_a_book_needs() -> None:
    found = edition()
    assert (found.title, found.authors, found.pages, found.publishers) == ("T", [], None, [])
    sure = {"key": "/books/OL1M", "url": "https://openlibrary.org/books/OL1M"}
    assert record(sure) == Blank("Open Library knows this ISBN, but has no title for it.")


def test_the_slug_behind_an_author_is_not_its_identity() -> None:
    slugs = ("/Terry_Pratchet", "/Terry_Pratchett", "")
    keys = {
        edition(authors=[{"name": "T", "url": f"http://openlibrary.org/authors/OL25712A{slug}"}]).authors[0].key
        for slug in slugs
    }
    assert keys == {"/authors/OL25712A"}


def test_the_same_author_twice_is_one() -> None:
    author = {"name": "Terry Pratchett", "url": "https://openlibrary.org/authors/OL25712A/x"}
    assert len(edition(authors=[author, author, {**author, "name": "T. Pratchett"}]).authors) == 1
    assert len(edition(authors=[{"name": "Ann  Leckie"}, {"name": "ann leckie"}]).authors) == 1


def test_empty_subjects_and_machine_tags_are_left_out() -> None:
    subjects = [
        {},
        {"name": ""},
        {"name": None},
        None,
        7.5,
        {"name": "nyt:series_books=2008-03-15"},
        {"name": "Witches"},
    ]
    assert [name.name for name in edition(subjects=subjects).subjects] == ["7.5", "Witches"]


@pytest.mark.parametrize(
    ("given", "pages"),
    [(251, 251), ("251", 251), ("251 p.", 251), ("xii, 251 p.", 251), (1234567890, None), ("1234567890", None),
     (0, None), (-3, None), (True, None), (None, None), ([251], None), ("", None), ("many", None), (12.5, None),
     (10**40, None)],
)  # fmt: skip
def test_pages_as_they_come(given: Any, pages: int | None) -> None:
    assert edition(number_of_pages=given).pages == pages


def test_a_title_of_700_characters_is_kept_and_a_longer_one_cut() -> None:
    assert edition(title="x" * 700).title == "x" * 700
    assert len(edition(title="x" * 5000).title) == 1000
    assert edition(title="x" * 5000).title.endswith("…")


@pytest.mark.parametrize("title", [None, [], {}, ["a"], True])
def test_a_title_that_is_no_text_is_none(title: Any) -> None:
    assert isinstance(record({"title": title, "key": "/books/OL1M"}), Blank)


def test_numbers_markup_and_other_scripts_are_kept_as_text() -> None:
    assert edition(title=1984).title == "1984"
    assert edition(title="<b>Bold</b> & “so”").title == "<b>Bold</b> & “so”"
    assert edition(title="ألف ليلة وليلة").title == "ألف ليلة وليلة"
    assert edition(title="a\x00b\nc\ud800d").title == "a b c d"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/x", "//example.org/x", "/books/OL1M", "http://",
     "", None, 7, "https://example.org/a b", "http://[::1", "https://example.org/" + "x" * 2000],
)  # fmt: skip
def test_only_whole_web_addresses_are_stored(url: Any) -> None:
    found = edition(url=url, cover={"large": url}, authors=[{"name": "A", "url": url}])
    assert (found.outside_url, found.cover_url, found.authors[0].url) == ("", "", "")


def test_an_address_of_500_is_kept() -> None:
    url = "https://example.org/" + "x" * 480
    assert edition(url=url).outside_url == url


def test_a_subject_with_a_very_long_address_has_a_key_of_its_own() -> None:
    long = "https://openlibrary.org/subjects/" + "x" * 400
    one, two = edition(subjects=[{"name": "A", "url": long + "1"}, {"name": "B", "url": long + "2"}]).subjects
    assert one.key != two.key
    assert len(one.key) <= 200


FIELDS = ["title", "subtitle", "authors", "subjects", "subject_people", "publishers", "number_of_pages", "publish_date",
          "cover", "url", "key", "identifiers"]  # fmt: skip
ODD = [None, "", "x", 7, -1, 1.5, True, [], {}, [[]], [{}], [None], {"name": "x"}, [{"name": {}}],
       [{"name": ["x"], "url": 7}],
       "\x00", "\ud800", "x" * 10_000, {"large": {}}, 10**30, [{"name": "x" * 900, "url": "y" * 900}]]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_no_odd_field_costs_the_record(field: str) -> None:
    for odd in ODD:
        found = record({"title": "T", "key": "/books/OL1M", field: odd})
        assert isinstance(found, (Edition, Blank) if field == "title" else Edition)
        assert field == "title" or found.title == "T"


@pytest.mark.parametrize("odd", [None, [], "x", 7, {}, True])
def test_a_record_that_is_none_is_unreadable(odd: Any) -> None:
    assert isinstance(answer({f"ISBN:{ISBN}": odd}, [ISBN])[ISBN], Unreadable)


def test_an_empty_answer_to_several_proves_nothing_and_to_one_it_does() -> None:
    assert answer({}, [ISBN, OTHER]) == {}
    assert answer({}, [ISBN]) == {ISBN: None}
    assert answer({f"ISBN:{OTHER}": {"title": "1984"}}, [ISBN, OTHER])[ISBN] is None


# Asking


def test_the_keys_are_isbn_and_digits(library: Stub) -> None:
    OpenLibrary().look_up([ISBN, OTHER])
    assert library.requests[0].keys[:2] == [f"ISBN:{ISBN}", f"ISBN:{OTHER}"]


def test_we_say_who_we_are_and_how_to_reach_us(library: Stub, settings: Any) -> None:
    settings.CONTACT = ""
    OpenLibrary().look_up([ISBN])
    settings.CONTACT = "desk@example.org\r\nX-Evil: 1"
    OpenLibrary().look_up([ISBN])
    assert [asked.user_agent for asked in library.requests] == [
        "celerytask/1.0",
        "celerytask/1.0 (desk@example.orgX-Evil: 1)",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"status": 500, "body": "<html>"},
        {"status": 502},
        {"status": 404, "body": "<html>no</html>"},
        {"body": "<html>busy</html>", "headers": {"Content-Type": "text/html"}},
        {"body": ""},
        {"body": "[]"},
        {"body": "null"},
        {"body": '{"error": "timeout"}'},
        {"body": '{"error": {"code": 503}, "ISBN:9780345418913": {"title": "T"}}'},
        {"body": '{"ISBN:9780451524935": {"title": "Another book"}}'},
        {"body": '{"9780345418913": {"title": "T"}}'},
        {"body": '{"message": "Too many requests", "status": 429}'},
        {"body": '{"numFound": 0, "docs": []}'},
        {"body": '"OK"'},
        {"body": '{"ISBN:'},
        {"body": b"\xff\xfe\x00"},
        {"body": "[" * 100_000},
        {"status": NO_ANSWER},
        {"status": 429},
        {"status": 403, "body": "<html>forbidden</html>"},
    ],
)
def test_what_is_no_answer_is_retried_later_and_never_not_found(library: Stub, odd: dict[str, Any]) -> None:
    library.queue(**odd)
    with pytest.raises(RetryLater) as raised:
        OpenLibrary().look_up([ISBN])
    assert str(raised.value).endswith(".")


def test_one_absurd_number_does_not_cost_the_other_books(library: Stub) -> None:
    body = json.dumps({f"ISBN:{ISBN}": {"title": "A", "number_of_pages": 0}, f"ISBN:{OTHER}": {"title": "B"}})
    library.queue(body=body.replace(" 0}", f" {'9' * 5000}}}"))
    found = OpenLibrary().look_up([ISBN, OTHER])
    assert [found[isbn].title for isbn in (ISBN, OTHER)] == ["A", "B"]  # type: ignore[union-attr]


def test_a_rate_limit_is_no_fault_of_the_job_and_blocks_everybody(library: Stub) -> None:
    library.queue(status=429, headers={"Retry-After": "120"})
    with pytest.raises(RetryLater) as raised:
        OpenLibrary().look_up([ISBN])
    assert (raised.value.after, raised.value.counts) == (120, False)
    with pytest.raises(RetryLater) as again:
        OpenLibrary().look_up([ISBN])
    assert again.value.after is not None
    assert 110 < again.value.after < 121
    assert len(library.requests) == 1


def test_a_limit_without_a_time_waits_longer_each_time_in_a_row(library: Stub) -> None:
    waits = []
    for _ in range(3):
        library.queue(status=429)
        with pytest.raises(RetryLater) as raised:
            OpenLibrary().look_up([ISBN])
        waits.append(raised.value.after)
        RateLimit.objects.update(blocked_until=None)
    assert waits == [5, 10, 20]
    OpenLibrary().look_up([ISBN])
    assert RateLimit.objects.get().strikes == 0


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("in 90 seconds", 60, 90),
        ("soon", 5, 5),
        ("-5", 1, 1),
        ("nan", 5, 5),
        ("1e300", 86_400, 86_400),
    ],
)
def test_retry_after_in_every_spelling(library: Stub, header: str, least: float, most: float) -> None:
    if header == "in 90 seconds":
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    library.queue(status=429, headers={"Retry-After": header})
    with pytest.raises(RetryLater) as raised:
        OpenLibrary().look_up([ISBN])
    assert raised.value.after is not None
    assert least <= raised.value.after <= most


def test_a_refusal_tells_the_staff_what_to_set(library: Stub, settings: Any) -> None:
    settings.CONTACT = ""
    library.queue(status=403, body="<html>")
    with pytest.raises(RetryLater, match="CONTACT"):
        OpenLibrary().look_up([ISBN])
    assert RateLimit.objects.get().blocked_until is not None


def test_a_host_that_cannot_be_reached_is_let_alone_for_some_seconds(library: Stub, settings: Any) -> None:
    settings.OPENLIBRARY_URL = "http://127.0.0.1:9"
    with pytest.raises(RetryLater, match="can't be reached"):
        OpenLibrary().look_up([ISBN])
    settings.OPENLIBRARY_URL = library.url
    with pytest.raises(RetryLater, match="can't be reached") as raised:
        OpenLibrary().look_up([ISBN])
    assert raised.value.counts is False
    assert library.requests == []


def test_a_host_that_stays_away_is_tried_less_and_less(library: Stub, settings: Any) -> None:
    settings.OPENLIBRARY_URL = "http://127.0.0.1:9"
    waits = []
    for _ in range(6):
        with pytest.raises(RetryLater):
            OpenLibrary().look_up([ISBN])
        with pytest.raises(RetryLater) as blocked:
            OpenLibrary().look_up([ISBN])
        waits.append(blocked.value.after or 0)
        RateLimit.objects.update(blocked_until=None)
    assert all(most - 5 < wait < most + 1 for wait, most in zip(waits, [10, 20, 40, 80, 120, 120], strict=True)), waits


def test_a_good_answer_is_read_from_json(library: Stub) -> None:
    library.records[ISBN] = json.loads('{"title": "The Guide", "key": "/books/OL1M"}')
    found = OpenLibrary().look_up([ISBN])[ISBN]
    assert isinstance(found, Edition)
    assert (found.title, found.source) == ("The Guide", "Open Library")
