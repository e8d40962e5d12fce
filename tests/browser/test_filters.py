"""The filters beside the list of books: by keyboard with a script, by a button without one, and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from task.books.locations import location
from tests.books.test_facets import book
from tests.browser.conftest import Visit


@pytest.fixture
def shelf(people: dict[str, Any]) -> None:
    hall, stacks = location("Main hall", "F 1"), location("Stacks")
    for number in range(12):
        book(
            number, f"Book {chr(65 + number)}", "Jane Austen", subjects=(f"Subject {number:02}",),
            location=stacks if number % 3 else hall, copies=number % 2, language="English",
        )  # fmt: skip


def test_a_tick_changes_list_counts_and_address_and_keeps_the_focus(visit: Visit, shelf: None) -> None:
    visitor = visit()
    page = visitor.open("/books/?sort=title&look=table")
    expect(page.get_by_role("status").first).to_have_text("12 books")
    hall = page.get_by_role("checkbox", name="Main hall")
    hall.focus()
    page.keyboard.press("Space")
    expect(page.locator("#found-count")).to_have_text("4 books")
    expect(hall).to_be_focused()
    expect(hall).to_be_checked()
    assert "room=main" in page.url
    assert "sort=title" in page.url
    expect(page.get_by_role("link", name="Main hall remove this filter")).to_be_visible()
    expect(page.get_by_role("link", name="Book D")).to_be_visible()
    expect(page.get_by_role("link", name="Book B")).to_have_count(0)
    page.get_by_role("checkbox", name="Available now").check()
    expect(page.locator("#found-count")).to_have_text("2 books")
    page.reload()
    expect(page.locator("#found-count")).to_have_text("2 books")
    page.go_back()
    expect(page.locator("#found-count")).to_have_text("4 books")
    assert not visitor.wrong


def test_more_rows_open_in_place(visit: Visit, shelf: None) -> None:
    visitor = visit()
    page = visitor.open("/books/")
    expect(page.get_by_role("checkbox", name="Subject 11")).to_have_count(0)
    page.get_by_role("link", name="7 more").click()
    expect(page.get_by_role("checkbox", name="Subject 05")).to_be_focused()
    page.get_by_role("checkbox", name="Subject 11").check()
    expect(page.locator("#found-count")).to_have_text("1 book")
    assert not visitor.wrong


def test_without_a_script_a_button_applies_them(visit: Visit, shelf: None) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.open("/books/?sort=title")
    page.get_by_role("checkbox", name="Stacks").check()
    page.get_by_role("checkbox", name="All copies out").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.locator("#found-count")).to_have_text("4 books")
    assert "sort=title" in page.url
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator("#found-count")).to_have_text("12 books")


def test_on_a_phone_they_fill_the_screen_and_count_along(visit: Visit, shelf: None) -> None:
    visitor = visit(viewport={"width": 360, "height": 740})
    page = visitor.open("/books/")
    page.get_by_role("link", name="Filter", exact=True).click()
    expect(page.get_by_role("button", name="Show 12 books")).to_be_in_viewport()
    page.get_by_role("checkbox", name="Main hall").check()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("button", name="Show 4 books").click()
    expect(page.get_by_role("link", name="Filter, 1")).to_be_visible()
    assert "room=main" in page.url
    assert "filter=" not in page.url
    assert not visitor.wrong


def test_a_letter_jumps_and_nothing_found_leads_on(visit: Visit, shelf: None) -> None:
    visitor = visit()
    page = visitor.open("/authors/")
    page.get_by_role("navigation", name="Authors from").get_by_role("link", name="A", exact=True).click()
    expect(page.get_by_role("link", name="Jane Austen")).to_be_visible()
    page = visitor.open("/books/?q=subject+03&room=stacks")
    expect(page.get_by_role("heading", name="No books match “subject 03”")).to_be_visible()
    page.get_by_role("link", name="Show 1 book").click()
    expect(page.get_by_role("link", name="Book D")).to_be_visible()
    assert not visitor.wrong
