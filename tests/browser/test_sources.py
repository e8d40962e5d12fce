"""Staff look at the sources, pause one, and try an ISBN; a member reads where the desk looked for a book."""

from typing import Any

from playwright.sync_api import expect

from task.books.models import Book, SourceAnswer
from tests.books.catalogues import k10plus as k10plus
from tests.books.conftest import library as library
from tests.browser.conftest import Visit
from tests.services.catalogues import Sru, field, record
from tests.services.openlibrary import OpenLibrary

ISBN = "9780441007318"


def test_a_source_is_paused_and_an_isbn_is_tried(visit: Visit, library: OpenLibrary, k10plus: Sru) -> None:
    library.records[ISBN] = {"title": "The Left Hand of Darkness", "publishers": [{"name": "Ace"}]}
    k10plus.has(ISBN, record(ISBN, "By K10plus", field("041", a="eng")))
    visitor = visit("staff")
    page = visitor.open("/")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Sources").click()
    row = page.locator("#source-k10plus")
    expect(row).to_contain_text("answering")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Look-ups skip it.")
    row.get_by_role("button", name="Resume").click()
    expect(row).to_contain_text("answering")
    page.get_by_role("button", name="Move K10plus up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sources-table tbody tr").nth(1)).to_contain_text("K10plus")
    page.get_by_role("button", name="Move K10plus down").click()
    expect(page.locator(".sources-table tbody tr").nth(2)).to_contain_text("K10plus")
    page.get_by_role("textbox", name="ISBN").fill("978-0-441-00731-8")
    page.get_by_role("button", name="Ask all sources").click()
    table = page.locator(".compare")
    expect(table.get_by_role("row", name="Title").first).to_contain_text("taken: The Left Hand of Darkness")
    expect(table.get_by_role("row", name="Language")).to_contain_text("taken: English")
    table.get_by_role("link", name="raw answer of K10plus").click()
    page.get_by_text("Raw answer of K10plus").last.click()
    expect(page.locator("#raw-k10plus pre")).to_contain_text("By K10plus")
    assert Book.objects.filter(isbn=ISBN).count() == 0
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert visitor.wrong == []


def test_a_book_says_where_the_desk_looked(visit: Visit, people: dict[str, Any], library: OpenLibrary) -> None:
    book = Book.objects.create(isbn=ISBN, state="not_found", reason="Nobody has it.", scanned_by=people["member"])
    for name, result in (("Open Library", "none"), ("Library of Congress", "away")):
        SourceAnswer.objects.create(book=book, source=name, result=result, asked_at="2026-01-01T10:00Z")
    visitor = visit()
    page = visitor.open(f"/books/{ISBN}/")
    looked = page.get_by_role("region", name="Where we looked")
    expect(looked).to_contain_text("Open Library")
    expect(looked).to_contain_text("did not answer")
    expect(page.get_by_text("Nobody has it.")).to_have_count(0)
    assert visitor.wrong == []
