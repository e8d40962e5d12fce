"""A member goes through the cart after scanning: what is wrong, where it lies, and back again."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from task.books.carts.models import Cart, Scan
from task.books.models import Book
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.pages import full_cart
from tests.browser import filling
from tests.browser.conftest import Visit


@pytest.fixture
def cart(people: dict[str, Any]) -> Cart:
    filling.books(people["member"])
    Book.objects.filter(isbn=filling.BOOKS[1][0]).delete()
    cart = full_cart(people["member"])
    Book.objects.filter(isbn=filling.BOOKS[1][0]).update(state="filled", title=filling.BOOKS[1][1])
    Job.objects.update(state="succeeded")
    return cart


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_rows_are_mended_undone_and_put_back_where_they_are(visit: Visit, cart: Cart) -> None:
    visitor = visit()
    page = visitor.open("/carts/")
    picture(page, "carts")
    page.get_by_role("link", name="Riverside school").click()
    picture(page, "cart")
    expect(page.locator("nav a[aria-current]").first).to_have_text("Scan")
    page.get_by_role("link", name="no. 4", exact=True).click()
    row = page.locator("#no-4")
    expect(row).to_contain_text("after Annihilation, before To the Lighthouse")
    row.get_by_label("Number 4, as it was scanned").fill("9780306406157")
    row.get_by_label("Number 4, as it was scanned").press("Enter")
    expect(row).to_contain_text("looking up")
    row.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("by you")
    row.get_by_role("button", name="Put back").click()
    expect(row).to_contain_text("looking up")
    Book.objects.filter(isbn="9780306406157").update(state="filled", title="Found by itself")
    expect(row).to_contain_text("Found by itself")
    for place in (1, 2):
        page.keyboard.press("j")
        expect(page.locator(f".cart-rows > li:nth-child({place}) a").first).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("#no-2")).to_contain_text("undone")
    assert visitor.wrong == []


def test_a_cart_is_renamed_and_undone_in_dialogs(visit: Visit, cart: Cart) -> None:
    visitor = visit()
    page = visitor.open(cart.get_absolute_url())
    page.get_by_role("link", name="Rename").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Box 3")
    picture(page, "cart-edit")
    dialog.get_by_role("button", name="Save cart").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Box 3")
    page.get_by_role("link", name="Undo the cart").click()
    expect(dialog).to_contain_text("Undo the cart “Box 3”?")
    picture(page, "cart-undo")
    expect(dialog.get_by_role("button", name="Keep the cart")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="Undo the cart").click()
    dialog.get_by_role("button", name="Undo the cart").click()
    expect(page.get_by_text("This cart is being undone.")).to_be_visible()
    execute_all()
    expect(page.get_by_text(re.compile(r"scans undone"))).to_be_visible()
    assert not Scan.objects.filter(undone=None, kept="").exists()
    assert visitor.wrong == []


def test_without_script_undoing_a_cart_is_a_page_with_a_tick(visit: Visit, cart: Cart) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.open(cart.get_absolute_url())
    page.get_by_role("link", name="Undo the cart").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo the cart “Riverside school”?")
    page.get_by_label("Yes, undo this cart").check()
    page.get_by_role("button", name="Undo the cart").click()
    expect(page.get_by_text("This cart is being undone.")).to_be_visible()
    assert Job.objects.filter(kind="books.undo_cart").count() == 1


def test_a_phone_has_room_for_a_cart(visit: Visit, cart: Cart) -> None:
    visitor = visit(viewport={"width": 360, "height": 740})
    for name, address in (("carts-360", "/carts/"), ("cart-360", cart.get_absolute_url())):
        page = visitor.open(address)
        picture(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visitor.wrong == []


def test_home_leads_to_what_needs_work(visit: Visit, cart: Cart) -> None:
    visitor = visit()
    page = visitor.open("/")
    picture(page, "home")
    expect(page.get_by_role("heading", name="Current cart")).to_be_visible()
    page.get_by_role("link", name="Mend it", exact=True).click()
    expect(page.locator(".cart-rows > li")).to_have_count(1)
    expect(page.locator("#no-4")).to_contain_text("after Annihilation, before To the Lighthouse")
    assert visitor.wrong == []
