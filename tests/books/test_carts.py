"""Scans in carts: which cart, what each does to its book, and undoing exactly that."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from task.books import copies
from task.books.carts import accept as carts
from task.books.carts import tasks, undo
from task.books.carts.accept import Sent, accept
from task.books.carts.models import Cart, Scan, ScanState
from task.books.models import Book, CopyChange, LocalNumber, Location, to_number
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from task.orders.models import Order
from task.orders.stock import cancel, fulfil, take_copies
from tests.books.conftest import isbns

pytestmark = pytest.mark.django_db
H, O = "9780345418913", "9780451524935"  # noqa: E741


def scanned(owner: Any, *texts: str, minutes_ago: float = 0, cart: Cart | None = None) -> list[Scan]:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    sent = [Sent(uuid4(), text, at + timedelta(milliseconds=place)) for place, text in enumerate(texts)]
    accepted = accept(owner, sent, cart)
    return [scan for each in sent for scan in accepted.scans[each.uuid]]


def states(cart: Cart) -> list[str]:
    return [scan.state.value for scan in cart.scans.with_state().in_pile()]


def found(*isbns: str, number: int | None = None) -> None:
    """As a look-up would leave them."""
    Book.with_removed.filter(isbn__in=isbns).update(state=Book.State.FILLED, title="A title")


def book(isbn: str = H) -> Book:
    return Book.with_removed.get(isbn=isbn)


def test_a_scan_brings_a_book_with_one_copy_and_one_look_up(alice: Any) -> None:
    first, second, bad = scanned(alice, H, O, "9780451524936")
    assert (first.effect, second.effect, bad.effect) == ("brought", "brought", "refused")
    assert bad.fault == "Its check digit should be 5."
    assert bad.text == "9780451524936"
    assert [each.copies for each in Book.objects.order_by("isbn")] == [1, 1]
    job = Job.objects.get()
    assert job.arguments == {"count": 2}
    assert job.owner == alice
    assert {b.job for b in Book.objects.all()} == {job}
    assert states(first.cart) == ["looking_up", "looking_up", "refused"]
    found(H)
    Book.objects.filter(isbn=O).update(state=Book.State.NOT_FOUND)
    assert states(first.cart) == ["found", "not_found", "refused"]
    assert first.cart.scans.needing_work().count() == 2


def test_what_is_sent_twice_counts_once(alice: Any) -> None:
    Cart.objects.create(owner=alice, started=timezone.now(), last_scan=timezone.now(), counts_copies=True)
    names = [uuid4(), uuid4()]
    sent = [Sent(names[0], f"{H} {O}"), Sent(names[1], H)]
    first = accept(alice, sent)
    again = accept(alice, [*sent, Sent(uuid4(), O)])
    assert [s.pk for s in again.scans[names[0]]] == [s.pk for s in first.scans[names[0]]]
    assert (book(H).copies, book(O).copies, Scan.objects.count()) == (2, 2, 4)
    assert Job.objects.count() == 1


def test_another_persons_name_for_a_scan_is_another_scan(alice: Any, bob: Any) -> None:
    name = UUID(int=7)
    accept(alice, [Sent(name, H)])
    accept(bob, [Sent(name, H)])
    assert Scan.objects.count() == 2


def test_the_second_scan_of_a_book_finds_it_or_counts_as_a_copy(alice: Any) -> None:
    _, known = scanned(alice, H, H)
    found(H)
    assert known.effect == "known"
    assert book().copies == 1
    assert states(known.cart) == ["found", "known"]
    Cart.objects.update(counts_copies=True)
    (copy,) = scanned(alice, H)
    assert copy.effect == "copy"
    assert book().copies == 2
    assert list(CopyChange.objects.values_list("change", "why", "by")) == [(1, "scan", alice.pk)]


def test_three_copies_on_one_line_are_three_copies(alice: Any) -> None:
    scanned(alice, H)
    cart = Cart.objects.get()
    scan = Scan(cart=cart, owner=alice, uuid=uuid4(), at=timezone.now())
    from task.books.carts.effects import apply
    from task.books.isbn import Piece

    apply(alice, [carts.row_of(Piece(1, f"{H} x 3", H, 3), scan)])
    assert scan.effect == "copy"
    assert scan.quantity == 3
    assert book().copies == 4


def test_half_an_hour_begins_another_cart_and_the_time_of_the_scan_decides(alice: Any) -> None:
    (old,) = scanned(alice, H, minutes_ago=90)
    (new,) = scanned(alice, O, minutes_ago=20)
    assert old.cart != new.cart
    (late,) = scanned(alice, isbns(1)[0], minutes_ago=75)  # it was made before, and arrives now
    assert late.cart == old.cart
    (before,) = scanned(alice, isbns(2)[1], minutes_ago=40)  # not within half an hour behind the first cart
    assert before.cart == new.cart
    new.cart.refresh_from_db()
    assert new.cart.started == before.at
    assert carts.current(alice) == new.cart


def test_a_new_cart_keeps_location_and_switch_and_ends_the_one_before(alice: Any) -> None:
    (scan,) = scanned(alice, H)
    place = Location.objects.create(room="Main hall", shelf="SF 3")
    Cart.objects.update(location=place, counts_copies=True)
    cart = carts.new_cart(alice, "Riverside school")
    assert (cart.location, cart.counts_copies, cart.name) == (place, True, "Riverside school")
    (after,) = scanned(alice, O)
    assert after.cart == cart
    assert scan.cart != cart
    (earlier,) = scanned(alice, isbns(1)[0], minutes_ago=1)
    assert earlier.cart == scan.cart


def test_the_carts_location_goes_to_what_it_brings_and_to_what_has_none(alice: Any) -> None:
    scanned(alice, H, O)
    elsewhere = Location.objects.create(room="Store")
    Book.objects.filter(isbn=O).update(location=elsewhere)
    place = Location.objects.create(room="Main hall", shelf="SF 3")
    Cart.objects.update(location=place)
    new = isbns(1)[0]
    scanned(alice, H, O, new)
    assert [book(isbn).location for isbn in (H, O, new)] == [place, elsewhere, place]
    assert str(place) == "Main hall · SF 3"
    assert place.key == "main hall\tsf 3"


def test_a_refused_row_is_mended_at_its_place(alice: Any) -> None:
    first, bad, last = scanned(alice, O, "978034541891", isbns(1)[0])
    assert carts.mend(bad, f"{H} {isbns(2)[1]}")
    assert not carts.mend(bad, H), "it is not refused any more"
    rows = list(first.cart.scans.in_pile())
    assert [row.text for row in rows] == [O, H, isbns(2)[1], isbns(1)[0]]
    assert rows[1].pk == bad.pk
    assert rows[1].effect == "brought"
    assert rows[1].fault == ""
    assert last.pk == rows[3].pk


def test_mending_with_another_bad_one_keeps_what_was_typed(alice: Any) -> None:
    (bad,) = scanned(alice, "978034541891")
    carts.mend(bad, "9780345418914")
    bad.refresh_from_db()
    assert bad.effect == "refused"
    assert bad.text == "9780345418914"
    assert "3" in bad.fault
    assert carts.dismiss(bad)
    assert not carts.mend(bad, H)
    assert states(bad.cart) == ["dismissed"]


def test_a_copy_is_added_once_from_a_row(alice: Any) -> None:
    _, known = scanned(alice, H, H)
    assert carts.add_copy(known, alice)
    assert not carts.add_copy(known, alice)
    assert book().copies == 2
    known.refresh_from_db()
    assert (known.effect, known.quantity) == ("copy", 1)


# Undo


def test_undo_takes_back_what_the_scan_alone_brought(alice: Any) -> None:
    (scan,) = scanned(alice, H)
    assert undo.undo([scan.pk], alice) == 1
    assert book().removed_at
    assert book().copies == 0
    assert not Book.objects.exists()
    assert states(scan.cart) == ["undone"]
    assert undo.undo([scan.pk], alice) == 0


def test_a_new_scan_brings_a_removed_book_back(alice: Any) -> None:
    (scan,) = scanned(alice, H)
    found(H)
    undo.undo([scan.pk], alice)
    (again,) = scanned(alice, H)
    assert again.effect == "brought"
    assert Book.objects.get().copies == 1
    assert Job.objects.count() == 1


def test_one_that_was_removed_before_it_was_found_is_looked_up_again(alice: Any) -> None:
    (scan,) = scanned(alice, H)
    undo.undo([scan.pk], alice)
    (again,) = scanned(alice, H)
    job = Job.objects.get()
    assert (Book.objects.get().job, Book.objects.get().state) == (job, Book.State.WAITING)
    Job.objects.update(state="succeeded")
    undo.undo([again.pk], alice)
    scanned(alice, H)
    assert Job.objects.count() == 2
    assert Book.objects.get().job == Job.objects.latest("created")


def test_undo_leaves_a_book_that_somebody_has_ordered_and_says_so(alice: Any, bob: Any) -> None:
    (scan,) = scanned(alice, H)
    found(H)
    order = take_copies(book(), 1, bob, Job.objects.get())
    assert undo.undo([scan.pk], alice) == 0
    scan.refresh_from_db()
    assert scan.kept == "Stays: somebody has ordered it."
    assert Book.objects.exists()
    assert not scan.undone
    cancel(order, bob)
    assert undo.undo([scan.pk], alice) == 1


def test_a_book_whose_copy_has_left_stays(alice: Any, bob: Any) -> None:
    (scan,) = scanned(alice, H)
    found(H)
    fulfil(take_copies(book(), 1, bob, Job.objects.get()), bob)
    assert (book().copies, book().ordered, book().copies_owned) == (0, 0, 0)
    assert undo.undo([scan.pk], alice) == 0
    assert Book.objects.exists()


def test_copies_that_staff_added_keep_the_book(alice: Any, bob: Any) -> None:
    (scan,) = scanned(alice, H)
    assert copies.change(book().pk, 2, bob, CopyChange.Why.BY_HAND, "Found behind the shelf")
    assert undo.undo([scan.pk], alice) == 0
    scan.refresh_from_db()
    assert scan.kept == "Stays: copies were added to it since."
    assert book().copies == 3


def test_what_another_cart_scanned_since_takes_its_copy_over(alice: Any, bob: Any) -> None:
    (scan,) = scanned(alice, H)
    (other,) = scanned(bob, H)
    assert undo.undo([scan.pk], alice) == 1
    other.refresh_from_db()
    assert (other.effect, other.quantity, book().copies) == ("brought", 1, 1)
    assert Book.objects.exists()
    assert undo.undo([other.pk], bob) == 1
    assert not Book.objects.exists()


def test_undoing_both_scans_of_a_book_at_once_takes_it_out(alice: Any) -> None:
    first, second = scanned(alice, H, H)
    assert undo.undo([first.pk, second.pk], alice) == 2
    assert not Book.objects.exists()


def test_a_copy_that_is_ordered_stays(alice: Any, bob: Any) -> None:
    scanned(alice, H)
    Cart.objects.update(counts_copies=True)
    (copy,) = scanned(alice, H)
    found(H)
    order = take_copies(book(), 2, bob, Job.objects.first())  # type: ignore[arg-type]
    assert undo.undo([copy.pk], alice) == 0
    cancel(order, bob)
    assert undo.undo([copy.pk], alice) == 1
    assert book().copies == 1


def test_put_back_does_it_again(alice: Any) -> None:
    first, second = scanned(alice, H, O)
    found(H, O)
    undo.undo([first.pk, second.pk], alice)
    assert undo.put_back(first, alice)
    assert not undo.put_back(first, alice)
    first.refresh_from_db()
    assert (first.effect, first.undone, book().copies, book().removed_at) == ("brought", None, 1, None)
    assert [each.isbn for each in Book.objects.all()] == [H]
    assert Job.objects.count() == 1
    Scan.objects.update(undone=timezone.now() - timedelta(days=31))
    assert not undo.put_back(second, alice), "it is too late"


def test_copies_add_up_over_undos_and_orders(alice: Any, bob: Any) -> None:
    Cart.objects.create(owner=alice, started=timezone.now(), last_scan=timezone.now(), counts_copies=True)
    rows = scanned(alice, *[H] * 20)
    found(H)
    orders = [take_copies(book(), 1, bob, Job.objects.get()) for _ in range(5)]
    undo.undo([row.pk for row in rows[10:]], alice)
    cancel(orders[0], bob)
    fulfil(orders[1], bob)
    assert (book().copies, book().ordered) == (20 - 5 - 10 + 1, 3)
    assert Order.objects.filter(state="received").count() == 3
    assert sum(CopyChange.objects.values_list("change", flat=True)) == 19 - 10


# Jobs


def undo_all(cart: Cart, owner: Any) -> Job:
    return tasks.undo_cart.apply_async(kwargs={"cart": cart.pk, "name": str(cart)}, owner=owner)


def test_a_whole_cart_is_undone_by_a_job_that_says_what_stays(alice: Any, bob: Any) -> None:
    rows = scanned(alice, H, O, H, "12")
    found(H, O)
    take_copies(book(O), 1, bob, Job.objects.get())
    Job.objects.update(state="succeeded")
    undo_all(rows[0].cart, alice)
    execute_all()
    job = Job.objects.get(kind="books.undo_cart")
    assert job.message == "3 scans undone, 1 stays because others have used them."
    assert [each.isbn for each in Book.objects.all()] == [O]
    assert states(rows[0].cart) == ["undone", "found", "undone", "undone"]


@pytest.mark.django_db(transaction=True)
def test_undoing_a_cart_survives(alice: Any, bob: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "A_STEP", 2)
    rows = scanned(alice, H, O, H)
    found(H, O)
    take_copies(book(O), 1, bob, Job.objects.get())
    Job.objects.all().delete()
    cart = rows[0].cart
    points = assert_survives(
        tasks.undo_cart, owner=alice, cart=cart.pk, name="a cart",
        ignore=("books.book.removed_at", "books.scan.undone", "books.copychange.created"),
    )  # fmt: skip
    assert points > 20


@pytest.mark.django_db(transaction=True)
def test_removing_for_good_survives(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "A_STEP", 2)
    rows = scanned(alice, *isbns(3))
    undo.undo([row.pk for row in rows], alice)
    Job.objects.all().delete()
    Book.with_removed.update(removed_at=timezone.now() - timedelta(days=31))
    assert assert_survives(tasks.purge) > 15


def test_removed_books_go_after_30_days_but_for_those_that_an_order_names(alice: Any, bob: Any) -> None:
    rows = scanned(alice, H, O, *isbns(1))
    found(H, O)
    order = take_copies(book(O), 1, bob, Job.objects.get())
    cancel(order, bob)
    undo.undo([row.pk for row in rows], alice)
    Job.objects.update(state="succeeded")
    Book.with_removed.filter(isbn__in=[H, O]).update(removed_at=timezone.now() - timedelta(days=31))
    tasks.purge.delay()
    execute_all()
    assert set(Book.with_removed.values_list("isbn", flat=True)) == {O, *isbns(1)}
    assert Scan.objects.count() == 3
    assert Job.objects.get(kind="books.purge").message == "1 book removed for good."


def test_local_numbers_go_up_and_are_read_in_any_spelling() -> None:
    assert [LocalNumber.next(), LocalNumber.next()] == ["L000001", "L000002"]
    assert to_number("l2") == to_number(" L000002 ") == "L000002"
    assert to_number("0-345-41891-4") == ""
    assert to_number("0345418913") == H
    assert to_number("L") == ""


def test_a_book_without_an_isbn_has_a_page_under_its_local_number(alice: Any, client: Any) -> None:
    made = Book.objects.create(number=LocalNumber.next(), title="Parish news", state=Book.State.FILLED)
    Book.objects.create(number=LocalNumber.next(), title="Parish news", state=Book.State.FILLED)
    assert made.isbn is None
    assert made.get_absolute_url() == "/books/L000001/"
    client.force_login(alice)
    assert "Parish news" in client.get(made.get_absolute_url()).content.decode()
    assert client.get("/books/l1/").url == "/books/L000001/"


def test_states_in_python_are_those_of_the_database(alice: Any) -> None:
    (scan,) = scanned(alice, H)
    assert {state.value for state in ScanState} >= set(states(scan.cart))
