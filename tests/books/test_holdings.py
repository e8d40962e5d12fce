"""Copies with their reasons, locations, and books that staff remove: who may, what adds up, and what stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books import holdings
from task.books.carts.accept import Sent, accept
from task.books.carts.models import Cart, Scan
from task.books.carts.undo import undo
from task.books.models import Book, CopyChange, Location
from task.jobs.models import Job
from task.orders.models import Order
from task.orders.stock import OutOfStock, fulfil, take_copies
from tests.books.conftest import isbns
from tests.books.test_cart_pages import words
from tests.books.test_carts import H, O, scanned
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


@pytest.fixture
def book(db: None) -> Book:
    found: Book = Book.objects.create(isbn=H, title="Dune", state="filled", copies=3)
    return found


def order(book: Book, owner: Any, quantity: int = 1) -> Order:
    return take_copies(book, quantity, owner, do_nothing.apply_async(owner=owner))


def save(client: Client, isbn: str = H, **fields: Any) -> Any:
    return client.post(f"/books/{isbn}/holding/", {"copies": 3, "shown": 3, **fields})


def test_it_is_for_staff(member: Client, book: Book) -> None:
    for client, status in ((member, 404), (Client(), 302)):
        assert client.get("/books/removed/").status_code == status
        assert client.get(f"/books/{H}/holding/").status_code == status
        for button in ("holding", "remove", "put-back"):
            assert client.post(f"/books/{H}/{button}/", {"copies": 9, "shown": 3}).status_code == status
    book.refresh_from_db()
    assert (book.copies, book.removed_at) == (3, None)
    assert f"/books/{H}/holding/" not in member.get(f"/books/{H}/").content.decode()


def test_the_difference_to_what_the_form_showed_is_applied(staff: Client, charlie: Any, bob: Any, book: Book) -> None:
    order(book, bob)  # after the form was opened
    assert save(staff, copies=5, reason="Found behind the shelf").url == f"/books/{H}/"
    book.refresh_from_db()
    assert (book.copies, book.ordered, book.copies_owned) == (4, 1, 5)
    change = CopyChange.objects.get()
    assert (change.change, change.why, change.by, change.reason) == (2, "by_hand", charlie, "Found behind the shelf")
    save(staff, copies=3, shown=3)
    assert CopyChange.objects.count() == 1, "nothing was changed"


def test_never_below_what_is_available(staff: Client, bob: Any, book: Book) -> None:
    order(book, bob, 2)
    page = save(staff, copies=1, shown=3)
    assert "Only 1 copy is available. 2 more are ordered. Nothing was changed." in words(page)
    book.refresh_from_db()
    assert book.copies == 1
    assert not CopyChange.objects.exists()


@pytest.mark.parametrize("copies", ["-1", "", "x", "9" * 30, "1.5"])
def test_what_is_no_number_of_copies_is_a_sentence(staff: Client, book: Book, copies: str) -> None:
    assert save(staff, copies=copies).status_code == 200
    assert save(staff, copies=2, shown=copies).status_code == 200
    book.refresh_from_db()
    assert book.copies == 3


def test_the_history_has_names_and_reasons_for_staff_alone(
    staff: Client, member: Client, charlie: Any, book: Book
) -> None:
    save(staff, copies=2, reason="Lent to Tom")
    page = words(staff.get(f"/books/{H}/"))
    assert "charlie −1 copy, changed by hand Lent to Tom" in page
    page = words(member.get(f"/books/{H}/"))
    assert "−1 copy, changed by hand " in page
    assert "Tom" not in page
    assert "charlie" not in page


def test_members_read_that_somebody_has_ordered_it(member: Client, staff: Client, bob: Any, book: Book) -> None:
    made = order(book, bob)
    page = words(member.get(f"/books/{H}/"))
    assert "Copies 3 2 available. Somebody has ordered it." in page
    assert "bob" not in page
    assert made.number not in page
    assert "3 2 available, 1 ordered" in words(staff.get(f"/books/{H}/"))


def test_a_book_is_placed_and_found_by_its_location(staff: Client, member: Client, book: Book) -> None:
    Book.objects.create(isbn=O, title="1984", state="filled")
    save(staff, room="Main hall", shelf="SF 3")
    place = Location.objects.get()
    assert "Main hall · SF 3" in words(member.get(f"/books/{H}/"))
    page = member.get(f"/books/?location={place.pk}")
    assert [row.isbn for row in page.context["rows"]] == [H]
    assert page.context["sorts"] == ["newest", "title", "author", "year", "oldest"]
    for nonsense in ("x", "9" * 30, "-1", "\0"):
        assert member.get("/books/", {"location": nonsense}).status_code == 200
    save(staff)
    assert "No books at this location" in words(member.get(f"/books/?location={place.pk}"))


def test_a_location_filter_costs_two_queries_more_however_many_books(member: Client, book: Book) -> None:
    place = Location.objects.create(room="Main hall")
    Book.objects.bulk_create([Book(isbn=n, number=n, title=n, state="filled", location=place) for n in isbns(200)])

    def queries(url: str) -> int:
        member.get(url)
        with CaptureQueriesContext(connection) as seen:
            member.get(url)
        return len(seen)

    assert queries(f"/books/?location={place.pk}") <= queries("/books/") + 2


# Out of the catalogue


def test_a_removed_book_is_put_back_with_its_copies(staff: Client, member: Client, charlie: Any, book: Book) -> None:
    assert staff.post(f"/books/{H}/remove/").url == "/books/removed/"
    assert member.get(f"/books/{H}/").status_code == 404
    assert "Dune" not in words(member.get("/books/"))
    assert "Dune" in words(staff.get("/books/removed/"))
    assert Book.with_removed.get().copies == 0
    assert staff.post(f"/books/{H}/put-back/").url == f"/books/{H}/"
    assert Book.objects.get().copies == 3
    assert list(CopyChange.objects.order_by("id").values_list("change", "why")) == [(-3, "removed"), (3, "put_back")]
    assert staff.post(f"/books/{H}/put-back/").url == f"/books/{H}/", "a second click does no harm"
    assert Book.objects.get().copies == 3


def test_a_book_with_an_order_stays(staff: Client, bob: Any, book: Book) -> None:
    made = order(book, bob)
    page = staff.post(f"/books/{H}/remove/", follow=True)
    assert "An order for this book is received. Fulfil or cancel it first, then delete the book." in words(page)
    assert Book.objects.exists()
    fulfil(made, bob)
    staff.post(f"/books/{H}/remove/")
    assert not Book.objects.exists()
    with pytest.raises(OutOfStock):
        order(book, bob)


def test_after_30_days_it_is_too_late(staff: Client, charlie: Any, book: Book) -> None:
    holdings.remove(book, charlie)
    Book.with_removed.update(removed_at=timezone.now() - timedelta(days=31))
    assert "No book was deleted in the last 30 days." in words(staff.get("/books/removed/"))
    assert "This book can’t be put back any more." in words(staff.post(f"/books/{H}/put-back/", follow=True))


def test_a_new_scan_brings_a_removed_book_with_one_copy(charlie: Any, book: Book) -> None:
    holdings.remove(book, charlie)
    scanned(charlie, H)
    assert Book.objects.get().copies == 1


def test_one_that_was_never_found_is_looked_up_when_it_is_put_back(charlie: Any) -> None:
    scanned(charlie, H)
    holdings.remove(Book.objects.get(), charlie)
    assert holdings.put_back(Book.with_removed.get(), charlie)
    assert Book.objects.get().state == "waiting"
    assert Book.objects.get().job == Job.objects.latest("created")
    assert Job.objects.count() == 2


# At once


@pytest.mark.django_db(transaction=True)
def test_two_hundred_orders_and_twenty_undos_at_once_add_up(alice: Any, bob: Any, charlie: Any) -> None:
    """Threads with connections of their own, as requests have; staff change the number in between."""
    now = timezone.now()
    cart = Cart.objects.create(owner=alice, started=now, last_scan=now, counts_copies=True)
    scans = accept(alice, [Sent(uuid4(), H, now) for _ in range(120)], cart).scans.values()
    copies = [scan.pk for (scan,) in scans if scan.effect == Scan.Effect.COPY]
    Book.objects.update(state="filled", title="Dune")
    book = Book.objects.get()
    jobs = [do_nothing.apply_async(owner=bob) for _ in range(200)]

    def work(what: Callable[[], Any]) -> bool:
        try:
            return bool(what())
        except OutOfStock:
            return False
        finally:
            connections.close_all()

    orders = [lambda job=job: take_copies(book, 1, bob, job) for job in jobs]
    undos = [lambda pk=pk: undo([pk], alice) for pk in copies[:20]]
    more = [lambda: holdings.change_copies(book, 1, charlie) == "" for _ in range(10)]
    work_list = [each for n in range(200) for each in (orders[n], *undos[n : n + 1], *more[n : n + 1])]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, work_list))
    book.refresh_from_db()
    undone = Scan.objects.filter(undone__isnull=False).count()
    assert book.ordered == Order.objects.count() == 130 - undone
    assert book.copies == 0
    assert sum(done) == 130 - undone + undone + 10
    assert 1 + sum(CopyChange.objects.values_list("change", flat=True)) == book.copies_owned
