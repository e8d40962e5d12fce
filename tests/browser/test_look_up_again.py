"""A found book's page: *Look up again*, that it runs, and what has come of it, without a reload."""

import pytest
from playwright.sync_api import expect

from task.books.models import Book
from task.jobs.testing import execute_all
from tests.books.conftest import library as library
from tests.browser.conftest import Visit
from tests.services.openlibrary import OpenLibrary

ISBN = "9780441007318"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_found_book_is_looked_up_again(
    visit: Visit, people: dict[str, object], library: OpenLibrary, width: int
) -> None:
    book = Book.objects.create(
        isbn=ISBN, title="The left hand", state="filled", source="Open Library", scanned_by=people["member"],
        outside_url="https://openlibrary.org/books/OL1M", pages=300,
    )  # fmt: skip
    library.records[ISBN] = {"title": "The Left Hand of Darkness", "number_of_pages": 304}
    visitor = visit(viewport={"width": width, "height": 800})
    page = visitor.open(book.get_absolute_url())
    page.get_by_role("button", name="Look up again").click()
    expect(page.get_by_text("This book is being looked up again.")).to_be_visible()
    expect(page.get_by_role("button", name="Look up again")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("The left hand")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    execute_all()
    expect(page.get_by_role("heading", level=1)).to_have_text("The Left Hand of Darkness")
    expect(page.get_by_text("This book is being looked up again.")).to_have_count(0)
    expect(page.get_by_role("button", name="Look up again")).to_be_visible()
    assert visitor.wrong == []
