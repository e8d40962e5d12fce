"""A member orders a book by links alone, the staff fulfil it, and both see what becomes of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from task.books.models import Book
from task.jobs.testing import execute_all
from task.orders.models import Order
from tests.books.conftest import isbns
from tests.browser import filling
from tests.browser.conftest import Visit
from tests.orders.conftest import make_book

TITLE = "The Left Hand of Darkness"


@pytest.fixture
def shelf(people: dict[str, Any]) -> None:
    filling.books(people["member"])
    Book.objects.filter(title=TITLE).update(copies=3)


def test_a_member_orders_from_a_books_page_and_the_staff_fulfil_it(visit: Visit, shelf: None) -> None:
    member, staff = visit(), visit("staff")
    page = member.open("/")
    page.get_by_role("link", name="Books", exact=True).first.click()
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_text("3 available")).to_be_visible()
    page.get_by_role("link", name="Order a copy").click()
    expect(page.get_by_text("3 copies available")).to_be_visible()
    page.get_by_label("Copies").fill("2")
    page.get_by_role("button", name="Order book").click()
    order = Order.objects.get()
    expect(page.locator(".toasts")).to_contain_text(f"Order received: 2 copies of {TITLE}.")
    row = page.locator(f"#order-{order.number}")
    expect(row).to_contain_text("being sent")
    execute_all()
    expect(row).to_contain_text("sent")  # by itself
    assert mail.outbox[0].to == ["marta@example.org"]

    desk = staff.open("/")
    desk.get_by_role("button", name=f"Fulfil order {order.number}").click()
    desk.get_by_role("dialog").get_by_role("button", name="Fulfil order").click()
    expect(desk.locator(".toasts")).to_contain_text("Order fulfilled.")
    execute_all()
    assert [letter.subject for letter in mail.outbox[1:]] == [f"Order {order.number} is fulfilled: 2 copies of {TITLE}"]
    row.get_by_role("link", name=TITLE).click()
    expect(page.locator(".book-state")).to_contain_text("fulfilled")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {order.number}")
    page.get_by_role("link", name=TITLE, exact=True).click()
    expect(page.get_by_text("1 available")).to_be_visible()
    expect(page.locator("#book-orders")).to_contain_text("2 copies")
    expect(page.get_by_role("link", name=f"Order {order.number}")).to_be_visible()
    assert member.wrong == staff.wrong == []


def test_the_staff_are_asked_before_they_cancel_an_order(visit: Visit, shelf: None, place: Callable[[], Order]) -> None:
    order = place()
    visitor = visit("staff")
    page = visitor.open(order.get_absolute_url())
    page.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Cancel order {order.number}?")
    expect(dialog).to_contain_text(f"3 copies of {TITLE} will be available again")
    dialog.get_by_role("button", name="Keep order").click()
    assert Order.objects.get().state == "received"
    page.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Cancel order").click()
    expect(page.locator(".toasts")).to_contain_text("Order cancelled.")
    assert (Order.objects.get().state, Book.objects.get(title=TITLE).copies) == ("cancelled", 3)
    assert visitor.wrong == []


def test_an_order_is_fulfilled_from_a_row_that_was_drawn_anew(
    visit: Visit, shelf: None, place: Callable[[], Order]
) -> None:
    order = place()
    visitor = visit("staff")
    page = visitor.open("/orders/")
    Order.objects.update(quantity=2)
    expect(page.locator(f"#order-{order.number} .number")).to_have_text("2")
    page.get_by_role("button", name=f"Fulfil order {order.number}").click()
    page.get_by_role("dialog").get_by_role("button", name="Fulfil order").click()
    expect(page.locator(".toasts")).to_contain_text("Order fulfilled.")
    assert visitor.wrong == []


def test_focus_stays_with_an_order_while_its_row_is_drawn_anew(
    visit: Visit, shelf: None, place: Callable[[], Order]
) -> None:
    order = place()
    visitor = visit("staff")
    page = visitor.open("/orders/")
    button = page.get_by_role("button", name=f"Fulfil order {order.number}")
    button.focus()
    Order.objects.update(quantity=2)
    expect(page.locator(f"#order-{order.number} .number")).to_have_text("2")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    Order.objects.update(quantity=1)
    expect(page.locator(f"#order-{order.number} .number")).to_have_text("1")  # behind the question
    page.get_by_role("button", name="Not yet").press("Enter")
    expect(button).to_be_focused()
    assert visitor.wrong == []


@pytest.fixture
def place(people: dict[str, Any], shelf: None) -> Callable[[], Order]:
    from tests.orders.conftest import order_of

    return lambda: order_of(people["member"], Book.objects.get(title=TITLE), 3)


def test_more_than_there_is_comes_back_with_a_sentence_and_what_was_typed(visit: Visit, shelf: None) -> None:
    visitor = visit()
    page = visitor.open("/orders/new/?book=9780441478125")
    expect(page.get_by_text("3 copies available")).to_be_visible()
    page.get_by_label("Copies").fill("4")
    page.get_by_role("button", name="Order book").click()
    expect(page.locator(".invalid-feedback")).to_contain_text("Only 3 copies")
    expect(page.get_by_label("Copies")).to_be_focused()
    expect(page.locator("[name=book]")).to_have_value("9780441478125")
    page.get_by_label("Copies").fill("3")
    page.get_by_role("button", name="Order book").click()
    expect(page.locator(".toasts")).to_contain_text("Order received: 3 copies")
    assert visitor.wrong == []


def test_without_a_script_a_box_stands_before_what_can_not_be_undone(
    visit: Visit, shelf: None, place: Callable[[], Order]
) -> None:
    order = place()
    page = visit("staff", java_script_enabled=False).open(order.get_absolute_url())
    page.get_by_role("button", name="Fulfil").click()
    assert page.url.endswith(order.get_absolute_url())
    order.refresh_from_db()
    assert order.state == "received"  # the browser asks for the box
    page.locator("form", has=page.get_by_role("button", name="Fulfil")).get_by_label("Sure").check()
    page.get_by_role("button", name="Fulfil").click()
    expect(page.locator(".toasts")).to_contain_text("Order fulfilled.")


def test_with_a_script_there_is_no_box(visit: Visit, shelf: None, place: Callable[[], Order]) -> None:
    page = visit("staff").open(place().get_absolute_url())
    expect(page.get_by_role("button", name="Fulfil").first).to_be_visible()
    expect(page.get_by_label("Sure")).to_have_count(0)


@pytest.fixture
def many(shelf: None) -> None:
    for number, isbn in enumerate(isbns(19)):
        make_book(isbn, f"Zen {number:02d}")


def test_books_are_found_by_what_is_typed_chosen_by_keys_and_ordered(visit: Visit, many: None) -> None:
    visitor = visit()
    page = visitor.open("/orders/new/")
    page.locator("[name=book]").press_sequentially("zen")
    status = page.get_by_role("status").filter(has_text="match")
    expect(status).to_have_text("19 books match. Choose one, or keep typing to narrow.")
    expect(page.get_by_role("radio")).to_have_count(8)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("radio", name="Zen 08")).to_be_visible()
    assert page.url.endswith("/orders/new/")
    page.locator("[name=book]").press("End")
    page.locator("[name=book]").press_sequentially(" 1")
    expect(status).to_have_text("9 books match. Choose one, or keep typing to narrow.")
    expect(page.locator("[name=book]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Zen 11")).to_be_checked()
    page.get_by_role("button", name="Order book").click()
    expect(page.locator(".toasts")).to_contain_text("1 copy of Zen 11.")
    assert Order.objects.get().book.title == "Zen 11"
    assert visitor.wrong == []


def test_an_isbn_shows_its_book_and_the_list_goes_with_the_session(visit: Visit, many: None) -> None:
    visitor = visit()
    page = visitor.open("/orders/new/")
    page.locator("[name=book]").fill("9780441478125")
    expect(page.locator("#order-matches")).to_contain_text(TITLE)
    page.locator("[name=book]").fill("nothing at all")
    expect(page.get_by_text("No books match “nothing at all”.")).to_be_visible()
    page.context.clear_cookies()
    page.locator("[name=book]").fill("zen")
    with page.expect_response("**/accounts/login/**"):
        page.locator("[name=book]").fill("zen 1")
    expect(page.get_by_label("Password")).to_have_count(0)  # no log-in page within this one
    assert visitor.wrong == []


def test_without_a_script_a_button_finds_the_books_and_their_pages(visit: Visit, many: None) -> None:
    page = visit(java_script_enabled=False).open("/orders/new/")
    page.get_by_label("Copies").fill("1")
    page.locator("[name=book]").fill("zen")
    page.locator("[name=book]").press("Enter")
    expect(page.get_by_text("19 books match.")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Next").click()
    page.get_by_label("Zen 18").check()
    page.get_by_role("button", name="Order book").click()
    expect(page.locator(".toasts")).to_contain_text("1 copy of Zen 18.")
