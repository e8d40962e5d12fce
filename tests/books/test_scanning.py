"""The scan page without a script: what is sent becomes rows, and the page shows them."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books.carts import undo
from task.books.carts.models import Cart, Scan
from task.books.models import Book
from task.jobs.engine.transitions import cancel
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.conftest import isbns, scan
from tests.reading import read, whole
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db
HITCHHIKER, ORWELL, BAD = "9780345418913", "9780451524935", "9780451524936"
URL = "/books/scan/"
TOLD = '<p class="note">For staff: set <code>CONTACT</code>'  # the page shows its source too
PART = {"HX-Request": "true"}


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def box(answer: Any) -> str:
    return words(answer).split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>")[0]


def seen(page: str, piece: str, end: str = "</section>") -> str:
    """The words of one piece of a page, without what covers say."""
    html = whole(page.split(f'id="{piece}"', 1)[1].split(end, 1)[0].split(">", 1)[1])
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def plate(answer: Any) -> str:
    return seen(words(answer), "scan-plate")


def states() -> list[str]:
    return [scan.state.value for scan in Scan.objects.with_state().in_pile().order_by("at", "id")]


def test_a_stranger_is_sent_to_log_in(client: Client) -> None:
    assert client.get(URL).status_code == 302
    assert client.post(URL, {"isbns": HITCHHIKER}).status_code == 302
    assert Book.objects.count() == 0


def test_before_the_first_scan_the_plate_is_ready(member: Client) -> None:
    page = member.get(URL)
    assert "Ready Scan the first book It starts a new cart." in plate(page)
    assert "No carts yet." in words(page)


def test_a_scanned_book_is_there_at_once_and_waits(member: Client, alice: Any) -> None:
    answer = member.post(URL, {"isbns": HITCHHIKER})
    assert (answer.status_code, answer["Location"]) == (302, URL)
    book, job = Book.objects.get(), Job.objects.get()
    assert (book.isbn, book.state, book.copies, book.scanned_by, book.job) == (HITCHHIKER, "waiting", 1, alice, job)
    assert (job.title, job.owner, job.arguments) == (f"Look up {HITCHHIKER}", alice, {"count": 1, "isbn": HITCHHIKER})
    page = member.get(URL)
    assert plate(page).startswith(f"Looking up {HITCHHIKER} This usually takes a few seconds.")
    assert "data-waits" in words(page).partition('id="how')[0]
    assert box(page) == ""


def test_the_page_fills_itself_and_then_stops(member: Client, library: OpenLibrary) -> None:
    member.post(URL, {"isbns": HITCHHIKER})
    assert "data-waits" in words(member.get(URL, headers=PART))
    execute_all()
    part = member.get(URL, headers=PART)
    assert "<html" not in words(part)
    assert "data-waits" not in words(part)
    assert plate(part).startswith(f"Found {Book.objects.get().title}")


def test_each_line_is_a_row_and_nothing_is_left_in_the_box(member: Client) -> None:
    text = f"{HITCHHIKER}\n{BAD}\n97804515249351\nDune\n{ORWELL}"
    answer = member.post(URL, {"isbns": text}, follow=True)
    assert states() == ["looking_up", "refused", "refused", "refused", "looking_up"]
    assert box(answer) == ""
    assert Job.objects.get().title == "Look up 2 books"
    page = words(answer)
    assert "Its check digit should be 5." in page
    assert page.count('name="text"') >= 3, "each refused one is a form"
    assert seen(page, "scan-needs").startswith("Needs work 3 refused Dune No. 4")


def test_rows_stand_newest_first_with_their_numbers_and_where_they_lie(member: Client) -> None:
    member.post(URL, {"isbns": f"{HITCHHIKER} {ORWELL}"})
    Book.objects.filter(isbn=ORWELL).update(state="filled", title="1984")
    page = words(member.post(URL, {"isbns": f"{BAD}\n{isbns(1)[0]}"}, follow=True))
    rows = seen(page, "scan-rows", "</ol>")
    assert rows.index("3 Scan no. 3") < rows.index("2 1984") < rows.index(f"1 {HITCHHIKER}")
    assert "No. 3, after 1984" in read(page)


def test_more_than_the_page_shows_are_in_the_cart(member: Client) -> None:
    page = words(member.post(URL, {"isbns": "\n".join(isbns(20))}, follow=True))
    cart = Cart.objects.get()
    assert f'<a href="/carts/{cart.pk}/">Show the other 7 in the cart</a>' in page
    assert "<dt>scanned</dt><dd>20</dd>" in page


def test_a_refused_row_is_mended_at_its_place_without_a_script(member: Client) -> None:
    member.post(URL, {"isbns": f"{HITCHHIKER}\n{BAD}\n{isbns(1)[0]}"})
    refused = Scan.objects.get(effect="refused")
    page = words(member.get(URL))
    assert f'action="/books/scans/{refused.pk}/mend/"' in page
    answer = member.post(f"/books/scans/{refused.pk}/mend/", {"text": ORWELL}, follow=True)
    assert answer.redirect_chain == [(URL, 302)]
    assert states() == ["looking_up"] * 3
    assert [each.text for each in Scan.objects.in_pile()][1] == ORWELL


def test_a_book_in_the_catalogue_waits_for_add_a_copy(member: Client) -> None:
    Book.objects.create(isbn=ORWELL, title="1984", state="filled")
    answer = member.post(URL, {"isbns": ORWELL}, follow=True)
    assert plate(answer).startswith("In the catalogue 1984")
    assert "1 copy in the library. No copy was added. Add a copy" in plate(answer)
    assert (Job.objects.count(), Book.objects.get().copies) == (0, 1)
    answer = member.post(f"/books/scans/{Scan.objects.get().pk}/add-copy/", follow=True)
    assert plate(answer).startswith("2 copies Copy added 1984")


def test_an_undone_scan_can_be_put_back(member: Client) -> None:
    member.post(URL, {"isbns": HITCHHIKER})
    key = Scan.objects.get().pk
    assert plate(member.post(f"/books/scans/{key}/undo/", follow=True)) == f"Undone {HITCHHIKER} Put back"
    assert plate(member.post(f"/books/scans/{key}/put-back/", follow=True)).startswith("Looking up")


def test_what_undo_leaves_says_why(member: Client, alice: Any) -> None:
    member.post(URL, {"isbns": HITCHHIKER})
    Book.objects.update(state="filled", title="The Hitchhiker's Guide", ordered=1, copies=0)
    undo.undo([Scan.objects.get().pk], alice)
    assert "Stays: somebody has ordered it." in plate(member.get(URL))


def test_a_price_beside_the_number_is_a_quiet_line(member: Client) -> None:
    page = words(member.post(URL, {"isbns": HITCHHIKER}, follow=True))
    assert "price code" not in page.partition('id="how')[0]
    page = words(member.post(URL, {"isbns": "51399"}, follow=True))
    assert "51399 is the price code beside the ISBN." in page
    assert Scan.objects.count() == 1
    Scan.objects.update(at=timezone.now() - timedelta(seconds=5))
    member.post(URL, {"isbns": "51399"})
    assert Scan.objects.count() == 2, "long after a book it is a number of its own"


def test_a_book_whose_look_up_is_put_off_says_why_and_until_when(member: Client) -> None:
    member.post(URL, {"isbns": HITCHHIKER})
    urls = (URL, f"/books/{HITCHHIKER}/")
    assert all("This usually takes a few seconds." in words(member.get(url)) for url in urls)
    later = timezone.now() + timedelta(minutes=5)
    Job.objects.update(message="Open Library can't be reached.", run_after=later)
    for url in urls:
        page = words(member.get(url))
        assert f"Open Library can't be reached. Next try at {later:%H:%M}." in read(page)
        assert "This usually takes a few seconds" not in page


def test_a_cancelled_look_up_is_no_failure(member: Client, alice: Any) -> None:
    cancel(scan([HITCHHIKER], alice))
    page = words(member.get(f"/books/{HITCHHIKER}/"))
    assert re.search(r"<h1[^>]*isbn-h1.*345.*41891", page)
    assert "state-cancelled" in page
    assert "state-failed" not in page
    assert "Why it failed" not in page
    assert "Needs attention" not in words(member.get("/"))


@pytest.mark.parametrize("data", [{}, {"isbns": ""}, {"isbns": " \n , ;"}, {"isbns": "\0"}])
def test_an_empty_form_asks_for_an_isbn(member: Client, data: dict[str, str]) -> None:
    answer = member.post(URL, data)
    assert answer.status_code == 200
    assert "Scan, type or paste at least one ISBN" in words(answer)
    assert (Job.objects.count(), Scan.objects.count()) == (0, 0)


def test_five_thousand_go_on_and_more_are_told_the_limit_and_kept(member: Client) -> None:
    numbers = isbns(5001)
    answer = member.post(URL, {"isbns": "\n".join(numbers)})
    assert "Send at most 5,000 ISBNs at once." in words(answer)
    assert box(answer).split() == numbers
    assert Scan.objects.count() == 0
    assert member.post(URL, {"isbns": "\n".join(numbers[:-1])}).status_code == 302
    assert (Book.objects.count(), Scan.objects.count()) == (5000, 5000)
    assert member.get(URL).status_code == 200


def test_a_text_without_end_is_a_sentence(member: Client) -> None:
    answer = member.post(URL, {"isbns": "x" * 600_000})
    assert answer.status_code == 200
    assert "This text is too long" in words(answer)


def test_markup_stays_text(member: Client) -> None:
    answer = member.post(URL, {"isbns": "</textarea><script>alert(1)</script>"}, follow=True)
    assert b"<script>alert" not in answer.content
    assert "refused" in states()


def test_a_double_click_counts_once(member: Client) -> None:
    for _ in range(2):
        member.post(URL, {"isbns": HITCHHIKER, "form_token": "page-1"})
    assert (Job.objects.count(), Scan.objects.count()) == (1, 1)
    again = member.get(f"{URL}?again={Job.objects.get().pk}")
    assert box(again) == HITCHHIKER


def test_back_changed_and_sent_again_is_another_scan(member: Client) -> None:
    member.post(URL, {"isbns": HITCHHIKER, "form_token": "page-1"})
    member.post(URL, {"isbns": ORWELL, "form_token": "page-1"})
    assert Scan.objects.count() == 2


def test_a_thousand_cost_hardly_more_statements_than_two(member: Client) -> None:
    counts = []
    for number in (2, 1000):
        text = "\n".join(isbns(number, start=number))
        with CaptureQueriesContext(connection) as queries:
            assert member.post(URL, {"isbns": text}).status_code == 302
        counts.append(len(queries))
    assert Book.objects.count() == 1002
    assert counts[1] < counts[0] + 60, counts  # on SQLite a statement takes 999 values


def test_what_a_look_at_the_page_costs_does_not_grow_with_the_cart(member: Client) -> None:
    counts = []
    for start, number in ((0, 20), (100, 300)):
        member.post(URL, {"isbns": "\n".join([*isbns(number, start=start), *["12"] * 12])})
        with CaptureQueriesContext(connection) as queries:
            member.get(URL, headers=PART)
        counts.append(len(queries))
    assert counts[1] == counts[0] < 20, counts


def test_staff_are_told_what_a_contact_brings(client_of: Callable[[Any], Client], charlie: Any, settings: Any) -> None:
    settings.CONTACT = ""
    assert TOLD in words(client_of(charlie).get(URL))
    settings.CONTACT = "desk@example.org"
    assert TOLD not in words(client_of(charlie).get(URL))


def test_only_ones_own_scans_are_there(client_of: Callable[[Any], Client], member: Client, bob: Any) -> None:
    member.post(URL, {"isbns": HITCHHIKER})
    assert HITCHHIKER not in words(client_of(bob).get(URL))


def test_the_home_page_tells_the_last_scan(member: Client) -> None:
    member.post(URL, {"isbns": f"{HITCHHIKER}\n{BAD}"})
    last = seen(words(member.get("/")), "scan-last", "</p>")
    assert last.startswith(f"{BAD} refused, just now")
    assert "Mend it on the scan page" in last
