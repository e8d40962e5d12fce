"""The search of the catalogue in a browser: marks, a typing error forgiven and taken back, by keyboard alone."""

from playwright.sync_api import expect

from task.books.filing import refile
from task.books.models import Book
from tests.books.famous import put_all
from tests.browser.conftest import Visit
from tests.browser.test_pages import AXE, SERIOUS


def test_a_search_shows_where_it_found_and_what_it_forgave(visit: Visit) -> None:
    put_all()
    refile(Book.objects.values_list("pk", flat=True))
    visitor = visit()
    page = visitor.open("/books/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox").first).to_be_focused()
    page.keyboard.type("sea")
    page.keyboard.press("Enter")
    page.wait_for_url("**/books/?q=sea")
    expect(page.locator(".book").first).to_contain_text("John Banville")
    expect(page.locator(".book").first.locator("mark")).to_have_text("Sea")
    expect(page.locator(".caption-why")).to_have_text("Subject: Sea stories")
    visitor.open("/books/?q=umbrela")
    expect(page.locator("mark")).to_have_text("Umbrella")
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []
    page.get_by_role("link", name="Search only for “umbrela”").press("Enter")
    page.wait_for_url("**/books/?q=umbrela&exact=1")
    expect(page.locator(".book")).to_have_count(0)
    assert not visitor.wrong
