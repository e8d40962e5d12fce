"""The scan form: what goes on, what is told, what is kept in the box."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books.forms import ScanForm
from task.books.models import Book
from task.jobs.engine.transitions import cancel
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.conftest import isbns, scan
from tests.reading import read
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db
HITCHHIKER, ORWELL = "9780345418913", "9780451524935"
URL = "/books/scan/"
TOLD = '<p class="note">For staff: set <code>CONTACT</code>'  # the page shows its source too


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def box(answer: Any) -> str:
    return words(answer).split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>")[0]


def test_a_stranger_is_sent_to_log_in(client: Client) -> None:
    assert client.get(URL).status_code == 302
    assert client.post(URL, {"isbns": HITCHHIKER}).status_code == 302
    assert Book.objects.count() == 0


def test_a_scanned_book_is_there_at_once_and_waits(member: Client, alice: Any) -> None:
    answer = member.post(URL, {"isbns": HITCHHIKER})
    assert (answer.status_code, answer["Location"]) == (302, URL)
    book, job = Book.objects.get(), Job.objects.get()
    assert (book.isbn, book.state, book.copies, book.scanned_by, book.job) == (HITCHHIKER, "waiting", 1, alice, job)
    assert (job.title, job.owner, job.arguments) == (f"Look up {HITCHHIKER}", alice, {"count": 1, "isbn": HITCHHIKER})
    page = words(member.get(URL))
    assert f"Looking up {HITCHHIKER}." in page
    assert f'id="scan-{HITCHHIKER}"' in page
    assert 'data-live="/books/scan/"' in page


def test_the_list_below_fills_itself_and_then_stops(member: Client, library: OpenLibrary) -> None:
    member.post(URL, {"isbns": HITCHHIKER})
    part = words(member.get(URL, headers={"HX-Request": "true"}))
    assert part.lstrip().startswith("<section")
    assert "data-live" in part
    execute_all()
    part = words(member.get(URL, headers={"HX-Request": "true"}))
    assert "data-live" not in part
    assert Book.objects.get().title in part


def test_a_part_that_is_fetched_meanwhile_does_not_eat_what_the_page_has_to_tell(member: Client) -> None:
    member.post(URL, {"isbns": f"{HITCHHIKER}\nDune"})
    member.get(URL, headers={"HX-Request": "true"})
    assert "Line 2: Dune is not an ISBN" in words(member.get(URL))


def test_the_good_ones_go_on_and_the_bad_ones_stay_in_the_box(member: Client) -> None:
    text = f"{HITCHHIKER}\n9780451524936\n97804515249351\nDune\n9790260000438\n{ORWELL}\n0451524934"
    answer = member.post(URL, {"isbns": text}, follow=True)
    page = words(answer)
    assert set(Book.objects.values_list("isbn", flat=True)) == {HITCHHIKER, ORWELL}
    assert Job.objects.get().title == "Look up 2 books"
    for sentence in (
        "Line 2: 9780451524936 is not an ISBN: its check digit should be 5.",
        "Line 3: 97804515249351 is not an ISBN: it has 14 digits, and an ISBN has 10 or 13.",
        "Line 4: Dune is not an ISBN: it has letters or signs in it.",
        "Line 5: 9790260000438 is not an ISBN: it begins with 979-0, so it is an ISMN",
        f"Line 7: 0451524934 is the same book as {ORWELL} on line 6. It is looked up once.",
    ):
        assert sentence in page
    assert box(answer).split() == ["9780451524936", "97804515249351", "Dune", "9790260000438"]
    assert "is not an ISBN" not in words(member.get(URL)), "told once"


def test_notes_follow_the_lines_and_say_whose_lines_they_are(member: Client) -> None:
    Book.objects.create(isbn=ORWELL, title="1984", state="filled")
    page = words(member.post(URL, {"isbns": f"Dune\n{ORWELL}\n{HITCHHIKER}\nEmma\n{HITCHHIKER}"}, follow=True))
    places = [page.index(f">Line {line}: ") for line in (1, 2, 4, 5)]
    assert places == sorted(places)
    assert "2 lines need fixing" in page
    assert "Line numbers are those of what you sent." in page


def test_of_many_notes_the_bad_ones_are_shown(member: Client) -> None:
    numbers = isbns(150)
    Book.objects.bulk_create(Book(isbn=isbn, title="T", state="filled") for isbn in numbers)
    page = words(member.post(URL, {"isbns": "\n".join([*numbers, "Dune"])}, follow=True))
    assert "Line 151: Dune is not an ISBN" in page
    assert "And 51 more like these." in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "012345678905",
            "012345678905 is not an ISBN: it is a UPC, the number of a product; the ISBN may be inside the cover.",
        ),
        ("hello\n", "hello is not an ISBN: it has letters or signs in it."),
        (ORWELL, f"1984, {ORWELL}."),
    ],
)
def test_a_single_number_is_told_without_a_line(member: Client, text: str, sentence: str) -> None:
    Book.objects.create(isbn=ORWELL, title="1984", state="filled")
    page = words(member.post(URL, {"isbns": text}, follow=True))
    assert sentence in page
    assert "Line 1" not in page.partition('id="how')[0]
    assert ("Already in the catalogue</h2>" in page) == (text == ORWELL)


def test_no_message_lies_over_the_new_card(member: Client) -> None:
    page = words(member.post(URL, {"isbns": HITCHHIKER}, follow=True))
    assert "toast-desk" not in page.partition('id="how')[0]
    assert page.count(f"Looking up {HITCHHIKER}.") == 1


def test_a_book_whose_look_up_is_put_off_says_why_and_until_when(member: Client, alice: Any) -> None:
    job = scan([HITCHHIKER], alice)
    urls = (URL, f"/books/{HITCHHIKER}/")
    assert all("This usually takes a few seconds." in words(member.get(url)) for url in urls)
    later = timezone.now() + timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(message="Open Library can't be reached.", run_after=later)
    for url in urls:
        page = words(member.get(url))
        assert f"Open Library can't be reached. Next try at {later:%H:%M}." in read(page)
        assert "This usually takes a few seconds" not in page


def test_a_cancelled_look_up_is_no_failure(member: Client, alice: Any) -> None:
    cancel(scan([HITCHHIKER], alice))
    page = words(member.get(f"/books/{HITCHHIKER}/"))
    assert f"{HITCHHIKER}</h1>" in page
    assert "state-cancelled" in page
    assert "state-failed" not in page
    assert "Why it failed" not in page
    assert "Needs attention" not in words(member.get("/"))


def test_when_none_is_good_the_page_says_why_and_keeps_the_text(member: Client) -> None:
    answer = member.post(URL, {"isbns": "9780451524936\nDune"})
    assert answer.status_code == 200
    assert "Line 1: 9780451524936 is not an ISBN: its check digit should be 5." in words(answer)
    assert box(answer) == "9780451524936\nDune"
    assert (Book.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize("data", [{}, {"isbns": ""}, {"isbns": " \n , ;"}, {"isbns": "\0"}])
def test_an_empty_form_asks_for_an_isbn(member: Client, data: dict[str, str]) -> None:
    answer = member.post(URL, data)
    assert answer.status_code == 200
    assert "Scan, type or paste at least one ISBN" in words(answer)
    assert Job.objects.count() == 0


def test_a_book_that_is_here_is_told_and_no_job_is_made(member: Client) -> None:
    Book.objects.create(isbn=ORWELL, title="1984", state="filled")
    answer = member.post(URL, {"isbns": f"\n{ORWELL}"}, follow=True)
    assert f"Line 2: 1984, {ORWELL}." in words(answer)
    assert "Already in the catalogue</h2>" in words(answer)
    assert (Job.objects.count(), Book.objects.get().copies) == (0, 1)
    assert 'class="reason"' not in words(answer), "no alarm for what is no mistake"


def test_beside_a_book_that_is_here_the_new_one_goes_on(member: Client) -> None:
    Book.objects.create(isbn=ORWELL, state="not_found")
    answer = member.post(URL, {"isbns": f"{ORWELL}, {HITCHHIKER}"}, follow=True)
    assert "not found. You can try again on its page." in words(answer)
    assert Job.objects.get().arguments["isbn"] == HITCHHIKER


def test_a_book_that_somebody_else_scans_in_the_same_moment_is_one(
    member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan([ORWELL])
    monkeypatch.setattr(ScanForm, "_sort", lambda form, good, lines: setattr(form, "new", good))
    assert member.post(URL, {"isbns": f"{ORWELL} {HITCHHIKER}"}).status_code == 302
    assert Book.objects.count() == 2


def test_five_thousand_go_on_and_the_next_is_told_the_limit(member: Client) -> None:
    numbers = isbns(5001)
    answer = member.post(URL, {"isbns": "\n".join(numbers)}, follow=True)
    assert Book.objects.count() == 5000
    assert f"Line 5001: {numbers[-1]} is over the limit of 5,000 ISBNs at once. Send it next." in words(answer)
    assert box(answer).strip() == numbers[-1]


def test_books_are_written_in_one_order_however_they_are_typed(member: Client) -> None:
    """Two people who scan the same new books at once would else wait for each other in a circle on PostgreSQL."""
    numbers = isbns(2100)
    member.post(URL, {"isbns": "\n".join(reversed(numbers))})
    assert list(Book.objects.order_by("id").values_list("isbn", flat=True)) == numbers


def test_thousands_of_bad_lines_make_a_readable_page(member: Client) -> None:
    answer = member.post(URL, {"isbns": "\n".join(f"no{number}" for number in range(3000))})
    assert answer.status_code == 200
    assert "And 2,900 more like these." in words(answer)
    answer = member.post(URL, {"isbns": "x" * 600_000})
    assert answer.status_code == 200
    assert "This text is too long" in words(answer)


def test_markup_in_the_box_stays_text(member: Client) -> None:
    answer = member.post(URL, {"isbns": "</textarea><script>alert(1)</script>"})
    assert b"<script>alert" not in answer.content


def test_a_double_click_is_one_job(member: Client) -> None:
    for _ in range(2):
        answer = member.post(URL, {"isbns": HITCHHIKER, "form_token": "page-1"}, follow=True)
    assert Job.objects.count() == 1
    assert "You already sent this." in words(answer)
    again = member.get(f"{URL}?again={Job.objects.get().pk}")
    assert box(again) == HITCHHIKER


def test_back_changed_and_sent_again_is_a_new_job(member: Client) -> None:
    member.post(URL, {"isbns": HITCHHIKER, "form_token": "page-1"})
    member.post(URL, {"isbns": ORWELL, "form_token": "page-1"})
    assert Job.objects.count() == 2


def test_a_thousand_cost_hardly_more_statements_than_two(member: Client) -> None:
    counts = []
    for number in (2, 1000):
        text = "\n".join(isbns(number, start=number))
        with CaptureQueriesContext(connection) as queries:
            assert member.post(URL, {"isbns": text}).status_code == 302
        counts.append(len(queries))
    assert Book.objects.count() == 1002
    assert counts[1] < counts[0] + 30, counts  # on SQLite a statement takes 999 values


def upload(content: bytes, name: str = "books.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content)}


def test_a_file_is_read_like_the_box(member: Client) -> None:
    answer = member.post(URL, upload(f"{HITCHHIKER}\nDune\n{ORWELL}\n".encode()), follow=True)
    assert Book.objects.count() == 2
    assert "books.csv, line 2: Dune is not an ISBN: it has letters or signs in it." in words(answer)
    assert box(answer).strip() == "Dune"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04\0\0", "is not a text file"),
        (b"Dune\n", "books.csv, line 1: Dune is not an ISBN"),
        (b",,,\n", "books.csv has no ISBNs."),
        (b"1" * 2_000_001, "is larger than 2 MB"),
        (b"\xff\xfe\xff", "is not an ISBN"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(member: Client, content: bytes, sentence: str) -> None:
    answer = member.post(URL, upload(content))
    assert answer.status_code == 200
    assert sentence in words(answer)
    assert Job.objects.count() == 0


def test_staff_are_told_what_a_contact_brings(client_of: Callable[[Any], Client], charlie: Any, settings: Any) -> None:
    settings.CONTACT = ""
    assert TOLD in words(client_of(charlie).get(URL))
    settings.CONTACT = "desk@example.org"
    assert TOLD not in words(client_of(charlie).get(URL))


def test_only_ones_own_scans_are_listed(client_of: Callable[[Any], Client], alice: Any, bob: Any) -> None:
    scan([HITCHHIKER], alice)
    assert HITCHHIKER not in words(client_of(bob).get(URL))


def test_a_scan_of_more_than_the_page_shows_links_all_of_it(member: Client, alice: Any) -> None:
    scan(isbns(12), alice)
    assert "of this scan" not in words(member.get(URL)), "all twelve are there"
    job = scan(isbns(38)[12:], alice)
    page = words(member.get(URL))
    assert f'<a href="/books/?job={job.pk}">Show all 26 of this scan</a>' in page
    assert len(member.get(f"/books/?job={job.pk}").context["rows"]) == 25, "the first page of 26"
    scan(isbns(39)[38:], alice)
    assert "of this scan" not in words(member.get(URL)), "the last scan is one book"
