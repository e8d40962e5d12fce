"""The carts and one of them: what they show to whom, their buttons, and what they cost."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books.carts import accept as carts
from task.books.carts.models import Cart, Scan
from task.books.models import Book, Location
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.orders.stock import take_copies
from tests.books.conftest import isbns
from tests.books.test_carts import H, O, scanned
from tests.reading import whole

pytestmark = pytest.mark.django_db
BAD = "9780451524936"


def words(answer: Any) -> str:
    """What a reader sees, without the tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", whole(answer.content.decode()))).split())


def titled(**titles: str) -> None:
    for isbn, title in titles.items():
        Book.objects.filter(isbn=isbn[1:]).update(state="filled", title=title)


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


@pytest.fixture
def stranger(client_of: Callable[[Any], Client], bob: Any) -> Client:
    return client_of(bob)


@pytest.fixture
def cart(alice: Any) -> Cart:
    """Two found books, and between them one refused and one not found."""
    rows = scanned(alice, H, BAD, isbns(1)[0], O)
    titled(**{f"n{H}": "Dune", f"n{O}": "Beloved"})
    Book.objects.filter(isbn=isbns(1)[0]).update(state="not_found", reason="Nobody has it.")
    Job.objects.update(state="succeeded")
    return rows[0].cart


# Who sees which


def test_a_strangers_cart_is_not_there(member: Client, stranger: Client, staff: Client, cart: Cart) -> None:
    pages = ("", "edit/", "undo/", "needs-work.csv", "mend/")
    buttons = ("edit/", "finish/", "go-on/", "try-again/", "undo/", "mend/")
    for client, status in ((stranger, 404), (Client(), 302)):
        assert {client.get(f"/carts/{cart.pk}/{page}").status_code for page in pages} == {status}
        assert {client.post(f"/carts/{cart.pk}/{button}").status_code for button in buttons} == {status}
    for client in (member, staff):
        assert {client.get(f"/carts/{cart.pk}/{page}").status_code for page in pages} == {200}
    assert member.get(f"/carts/{cart.pk}/finish/").status_code == 405
    cart.refresh_from_db()
    assert cart.finished is None


def test_a_member_sees_own_carts_and_staff_all_of_them(
    member: Client, stranger: Client, staff: Client, cart: Cart
) -> None:
    Cart.objects.update(name="Riverside school")
    assert "Riverside school" in words(member.get("/carts/"))
    assert "No carts yet. Scan the first book." in words(stranger.get("/carts/"))
    page = words(staff.get("/carts/"))
    assert "Riverside school alice" in page
    assert "All 1 Yours 0 Need work 1" in page
    assert "Yours" not in words(member.get("/carts/"))
    assert "You have no carts yet." in words(staff.get("/carts/?state=mine"))


def test_the_list_tells_what_is_left_to_do(member: Client, alice: Any, cart: Cart) -> None:
    page = words(member.get("/carts/"))
    assert "current" in page
    assert re.search(r"\b4 scans 2 need work", page)
    Scan.objects.filter(effect="refused").update(dismissed=timezone.now())
    assert "1 needs work" in words(member.get("/carts/?state=work"))
    Book.objects.filter(state="not_found").update(state="filled", title="A title")
    assert "No cart needs work." in words(member.get("/carts/?state=work"))
    assert "done" in words(member.get("/carts/"))


# One cart


def test_what_needs_work_is_between_its_neighbours(member: Client, cart: Cart) -> None:
    page = words(member.get(f"/carts/{cart.pk}/"))
    assert "Need work: no. 2 , 3" in page
    assert "refused No. 2 , after Dune , before Beloved" in page
    assert "not found No. 3 , after Dune , before Beloved" in page
    assert page.index("1 Dune") < page.index("No. 2") < page.index("No. 3") < page.index("4 Beloved")
    assert "Its check digit should be 5." in page
    assert "All 4 Found 2 Not found 1 Refused 1" in page


def test_a_filter_keeps_numbers_and_neighbours(member: Client, cart: Cart) -> None:
    page = words(member.get(f"/carts/{cart.pk}/?state=not_found"))
    assert "No. 3 , after Dune , before Beloved" in page
    assert "No. 2" not in page.partition("Scans in the order")[2]
    assert "No scan of this cart is in this state any more." in words(member.get(f"/carts/{cart.pk}/?state=copy"))
    assert member.get(f"/carts/{cart.pk}/?state=nonsense&after=x").status_code == 200


def test_texts_of_people_are_escaped(member: Client, cart: Cart) -> None:
    Cart.objects.update(name="<b>Box</b>")
    Scan.objects.filter(effect="refused").update(text='"><script>')
    Book.objects.filter(isbn=H).update(title="<i>Dune</i>")
    page = member.get(f"/carts/{cart.pk}/").content.decode()
    assert "<b>Box</b>" not in page
    assert '"><script>' not in page
    assert "<i>Dune</i>" not in page


def test_it_is_live_while_something_is_looked_up(member: Client, alice: Any, cart: Cart) -> None:
    assert "data-live=" not in member.get(f"/carts/{cart.pk}/").content.decode()
    scanned(alice, isbns(3)[2])
    assert f'data-live="/carts/{cart.pk}/"' in member.get(f"/carts/{cart.pk}/").content.decode()
    part = member.get(f"/carts/{cart.pk}/", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert 'id="cart-scans" hx-swap-oob="true"' in part


def test_another_location_of_the_book_is_told(member: Client, alice: Any, cart: Cart) -> None:
    store = Location.objects.create(room="Main hall", shelf="SF 3")
    Book.objects.filter(isbn=H).update(location=store)
    member.post(f"/carts/{cart.pk}/edit/", {"name": "", "room": "Room 2", "shelf": "B"})
    page = words(member.get(f"/carts/{cart.pk}/"))
    assert "Stays in Main hall · SF 3" in page
    assert "Room 2 · B" in page
    assert str(Book.objects.get(isbn=O).location) == "Room 2 · B"


# Its buttons


def test_a_cart_is_named_placed_and_counts_copies(member: Client, cart: Cart) -> None:
    assert member.post(f"/carts/{cart.pk}/edit/", {"name": " Box 3 ", "room": "room  2", "counts_copies": "on"}).url
    cart.refresh_from_db()
    assert (cart.name, str(cart.location), cart.counts_copies) == ("Box 3", "room 2", True)
    member.post(f"/carts/{cart.pk}/edit/", {"name": "Box 3", "room": "ROOM 2"})
    assert Location.objects.count() == 1
    page = member.post(f"/carts/{cart.pk}/edit/", {"shelf": "B"})
    assert "Say which room the shelf is in." in words(page)
    assert member.post(f"/carts/{cart.pk}/edit/", {"name": "x" * 101}).status_code == 200
    assert member.post(f"/carts/{cart.pk}/edit/", {"name": "a\0b"}).status_code == 200


def test_the_scan_page_asks_for_all_but_the_name(member: Client, cart: Cart) -> None:
    Cart.objects.update(name="Riverside school")
    page = member.get("/books/scan/").content.decode()
    assert f'action="/carts/{cart.pk}/edit/" data-cart-form' in page
    sent = {"room": "Main hall", "shelf": "", "counts_copies": "on", "next": "/books/scan/"}
    assert member.post(f"/carts/{cart.pk}/edit/", sent).url == "/books/scan/"
    cart.refresh_from_db()
    assert (cart.name, str(cart.location), cart.counts_copies) == ("Riverside school", "Main hall", True)
    wrong = member.post(f"/carts/{cart.pk}/edit/", {"shelf": "SF 3"}).content.decode()
    assert "Say which room the shelf is in." in wrong
    assert 'value="Riverside school"' in wrong


def test_the_books_of_a_cart_move_with_it_but_for_those_that_somebody_moved(
    member: Client, alice: Any, cart: Cart
) -> None:
    member.post(f"/carts/{cart.pk}/edit/", {"room": "Room 1"})
    Book.objects.filter(isbn=O).update(location=Location.objects.create(room="Store"))
    member.post(f"/carts/{cart.pk}/edit/", {"room": "Room 2"})
    places = [str(Book.objects.get(isbn=isbn).location) for isbn in (H, O)]
    assert places == ["Room 2", "Store"]


def test_finish_and_go_on(member: Client, alice: Any, cart: Cart) -> None:
    member.post(f"/carts/{cart.pk}/finish/")
    assert carts.current(alice) is None
    (other,) = scanned(alice, isbns(9)[8])
    assert other.cart != cart
    assert member.post(f"/carts/{cart.pk}/go-on/").url == "/books/scan/"
    assert carts.current(alice) == cart
    (more,) = scanned(alice, isbns(8)[7])
    assert more.cart == cart
    other.cart.refresh_from_db()
    assert other.cart.finished
    Cart.objects.filter(pk=cart.pk).update(last_scan=timezone.now() - timedelta(hours=1))
    assert carts.current(alice) is None


def test_a_new_cart_is_begun(member: Client, alice: Any, cart: Cart) -> None:
    assert member.post("/carts/new/").url == "/books/scan/"
    assert carts.current(alice) != cart


def test_all_that_was_not_found_is_looked_up_again_by_one_job(member: Client, alice: Any, cart: Cart) -> None:
    member.post(f"/carts/{cart.pk}/try-again/")
    assert Book.objects.get(isbn=isbns(1)[0]).state == "waiting"
    assert Job.objects.filter(state="queued").count() == 1
    assert "There is nothing to look up again." in words(member.post(f"/carts/{cart.pk}/try-again/", follow=True))


# Undo the whole


def test_the_question_says_what_goes_and_what_stays(member: Client, alice: Any, bob: Any, cart: Cart) -> None:
    take_copies(Book.objects.get(isbn=O), 1, bob, Job.objects.first())  # type: ignore[arg-type]
    for look in ({}, {"HTTP_X_DIALOG": "1"}):
        page = words(member.get(f"/carts/{cart.pk}/undo/", **look))
        assert "2 books that only this cart brought are removed. 1 book stays:" in page
        assert "Beloved Stays: somebody has ordered it." in page
        assert "bob" not in page
    assert "required" in member.get(f"/carts/{cart.pk}/undo/").content.decode()
    assert Book.objects.count() == 3


def test_undoing_a_cart_is_a_job_that_the_page_shows(member: Client, alice: Any, bob: Any, cart: Cart) -> None:
    take_copies(Book.objects.get(isbn=O), 1, bob, Job.objects.first())  # type: ignore[arg-type]
    member.post(f"/carts/{cart.pk}/undo/")
    job = Job.objects.get(kind="books.undo_cart")
    assert job.owner == alice
    page = member.get(f"/carts/{cart.pk}/")
    assert f'This cart is being undone. <a href="{job.get_absolute_url()}">' in page.content.decode()
    assert "being undone already" in words(member.post(f"/carts/{cart.pk}/undo/", follow=True))
    assert Job.objects.filter(kind="books.undo_cart").count() == 1
    execute_all()
    page = words(member.get(f"/carts/{cart.pk}/"))
    assert "3 scans undone, 1 stays because others have used them." in page
    assert "Stays: somebody has ordered it." in page
    assert [book.isbn for book in Book.objects.all()] == [O]
    cart.refresh_from_db()
    assert cart.finished
    member.post(f"/carts/{cart.pk}/undo/")
    assert Scan.objects.filter(kept="").count() == 4, "it is asked again"


def test_many_titles_are_counted(member: Client, alice: Any, cart: Cart) -> None:
    more = isbns(22)[2:]
    scanned(alice, *more)
    carts.new_cart(alice)
    rows = scanned(alice, *more)
    page = words(member.get(f"/carts/{rows[0].cart_id}/undo/"))
    assert "No book is removed. 20 books stay:" in page
    assert "and 14 more Was in the catalogue before." in page


# The CSV


def sheet(client: Client, cart: Cart) -> str:
    return b"".join(client.get(f"/carts/{cart.pk}/needs-work.csv").streaming_content).decode()


def test_the_csv_has_what_needs_work_with_its_place(member: Client, cart: Cart) -> None:
    lines = sheet(member, cart).split("\r\n")
    assert lines[0] == "\ufeffNo.,ISBN,State,Reason,After,Before,Row"
    assert lines[1].startswith(f"2,{BAD},refused,Its check digit should be 5.,Dune,Beloved,")
    assert lines[2].startswith(f"3,{isbns(1)[0]},not found,Nobody has it.,Dune,Beloved,")
    assert len(lines) == 4


def test_its_cells_are_no_formulas(member: Client, cart: Cart) -> None:
    Scan.objects.filter(effect="refused").update(text="=1+1")
    Book.objects.filter(isbn=H).update(title="@SUM(A1)")
    text = sheet(member, cart)
    assert ",'=1+1," in text
    assert ",'@SUM(A1)," in text


def test_sent_again_mended_it_doubles_nothing(member: Client, alice: Any, cart: Cart) -> None:
    Cart.objects.update(counts_copies=True)
    new, other = isbns(7)[5:]
    mended = sheet(member, cart).replace(BAD, new).replace(isbns(1)[0], other)
    for says in ("2 rows mended.", "No row had changed."):
        assert says in words(member.post(f"/carts/{cart.pk}/mend/", {"text": mended}, follow=True))
        assert [book.isbn for book in Book.objects.order_by("isbn")] == sorted([H, O, new, other])
        assert set(Book.objects.values_list("copies", flat=True)) == {1}
    rows = cart.scans.with_state().in_pile()
    assert [(row.text, row.state.value) for row in rows] == [
        (H, "found"), (new, "looking_up"), (isbns(1)[0], "undone"), (other, "looking_up"), (O, "found"),
    ]  # fmt: skip


def test_what_a_spreadsheet_changes_by_itself_is_no_change(member: Client, cart: Cart) -> None:
    """A book that was not found stays where it is, however Excel writes its number."""
    Scan.objects.filter(text=BAD).update(text="036000291452")
    before = list(cart.scans.with_state().in_pile().values_list("text", "shown"))
    shortened = sheet(member, cart).replace("036000291452", "36000291452").replace(isbns(1)[0], "9.78E+12")
    told = words(member.post(f"/carts/{cart.pk}/mend/", {"text": shortened}, follow=True))
    assert "No row had changed." in told
    assert "1 number like 9.78E+12 was left out" in told
    assert list(cart.scans.with_state().in_pile().values_list("text", "shown")) == before


def test_staff_read_who_has_undone_a_row(member: Client, staff: Client, cart: Cart) -> None:
    member.post(f"/books/scans/{cart.scans.get(text=H).pk}/undo/")
    for client, who in ((member, "by you"), (staff, "by alice")):
        assert who in words(client.get(f"/carts/{cart.pk}/"))


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Choose the CSV or paste its rows."),
        ({"text": "9780345418913"}, "This is not the CSV of a cart."),
        ({"text": "ISBN,Row\n" + "9" * 300 + ",x\n,\n9780345418913,99999999999999999999\n"}, "No row had changed."),
        ({"text": 'ISBN,Row\n"' + "a\n" * 9}, "No row had changed."),
        ({"text": f"ISBN;Row\n{H};1\n"}, "No row had changed."),
    ],
)
def test_what_is_no_mended_csv_is_a_sentence(member: Client, cart: Cart, sent: dict[str, str], says: str) -> None:
    assert says in words(member.post(f"/carts/{cart.pk}/mend/", sent, follow=True))


def test_a_strangers_rows_are_not_mended(stranger: Client, bob: Any, cart: Cart) -> None:
    (own,) = scanned(bob, "12")
    row = Scan.objects.get(text=BAD)
    stranger.post(f"/carts/{own.cart_id}/mend/", {"text": f"ISBN,Row\n{H},{row.pk}\n"})
    row.refresh_from_db()
    assert row.effect == "refused"


# What they cost


def bulk(owner: Any, rows: int, cart: Cart) -> None:
    numbers = isbns(rows, start=10_000)
    Book.objects.bulk_create(
        [Book(isbn=n, number=n, title=f"Title {n}", state="filled") for n in numbers], ignore_conflicts=True
    )
    books = dict(Book.objects.filter(isbn__in=numbers).values_list("isbn", "pk"))
    at = cart.started
    Scan.objects.bulk_create(
        [
            Scan(
                cart=cart, owner=owner, uuid=uuid4(), at=at + timedelta(seconds=place), text=n,
                book_id=books[n] if place % 10 < 9 else None, effect="brought" if place % 10 < 9 else "refused",
            )
            for place, n in enumerate(numbers)
        ]
    )  # fmt: skip


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_list_costs_the_same_with_a_thousand_carts(staff: Client, alice: Any) -> None:
    now = timezone.now()
    first = Cart.objects.create(owner=alice, started=now, last_scan=now)
    bulk(alice, 30, first)
    few = queries(staff, "/carts/")
    many = [Cart(owner=alice, started=now - timedelta(hours=n), last_scan=now) for n in range(1, 1_000)]
    for cart in Cart.objects.bulk_create(many)[:40]:
        bulk(alice, 30, cart)
    assert queries(staff, "/carts/") == few <= 16
    assert queries(staff, "/carts/?state=work") <= few + 4


def test_a_cart_of_a_thousand_rows_has_pages_and_costs_no_more(member: Client, alice: Any) -> None:
    now = timezone.now()
    small, large = (Cart.objects.create(owner=alice, started=now, last_scan=now) for _ in range(2))
    bulk(alice, 30, small)
    bulk(alice, 1_000, large)
    few = queries(member, f"/carts/{small.pk}/")
    assert queries(member, f"/carts/{large.pk}/") <= few + 2, "its last row has a neighbour on the next page"
    page = member.get(f"/carts/{large.pk}/")
    assert len(page.context["rows"]) == 100
    assert "Need work: no. 10 , 20" in words(page)
    assert "and 80 more" in words(page)
    second = member.get(f"/carts/{large.pk}/" + page.context["page"].next_url)
    assert [row.number for row in second.context["rows"]][:2] == [101, 102]
    assert second.content.count(b"<path class") < 30, "a stroke stands for several"


# Home


def test_home_has_the_current_cart(member: Client, cart: Cart) -> None:
    Cart.objects.update(name="Riverside school")
    page = words(member.get("/"))
    assert "Current cart" in page
    assert re.search(r"Riverside school 4 scans since \d\d:\d\d", page)
    assert "2 books 2 need work" in page
    assert member.post(f"/carts/{cart.pk}/finish/", {"next": "/"}).url == "/"
    assert "Current cart" not in words(member.get("/"))


def test_what_needs_attention_is_grouped_by_cart(member: Client, stranger: Client, alice: Any, cart: Cart) -> None:
    Cart.objects.update(name="Riverside school")
    page = words(member.get("/"))
    assert "Needs attention 2" in page
    assert f"1 book not found in Riverside school {isbns(1)[0]} after Dune . Nobody has it." in page
    assert f"1 scan refused in Riverside school {BAD} after Dune" in page
    assert "Needs attention" not in words(stranger.get("/"))
    assert member.post(f"/carts/{cart.pk}/try-again/", {"next": "/"}).url == "/"
    Scan.objects.filter(effect="refused").update(dismissed=timezone.now())
    assert "Needs attention" not in words(member.get("/"))


def test_many_scans_cost_home_no_more(member: Client, alice: Any, cart: Cart) -> None:
    few = queries(member, "/")
    for n in range(8):
        scanned(alice, *isbns(30, start=5_000 + 30 * n), minutes_ago=100 * n)
    Book.objects.exclude(state="filled").update(state="not_found")
    assert queries(member, "/") <= few + 1
    assert "more in carts that need work" in words(member.get("/"))


def test_the_mended_csv_in_the_box_doubles_nothing(member: Client, alice: Any, cart: Cart) -> None:
    """Pasted as it is: its titles, numbers and reasons are no rows."""
    from task.books.isbn import read

    new, other = isbns(7)[5:]
    mended = sheet(member, cart).replace(BAD, new).replace(isbns(1)[0], other)
    pieces = [piece for piece in read(mended) if piece.kind != "quiet"]
    assert [piece.isbn for piece in pieces if piece.isbn] == [new, other]
    for _ in range(2):
        scanned(alice, mended)
        assert sorted(Book.objects.values_list("isbn", flat=True)) == sorted([H, O, isbns(1)[0], new, other])
        assert set(Book.objects.values_list("copies", flat=True)) == {1}
