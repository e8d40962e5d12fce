"""A newcomer without a network: from the first page to filled books and random users, without the address bar."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.desk import Desk

BOOKS = ["9780345418913", "9780451524935", "9780451526342", "9781101990322"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, WORKERS="1", OPENLIBRARY_URL="http://127.0.0.1:9")  # nobody answers there
    try:
        yield desk.start().wait_ready()
    finally:
        desk.end()


def test_a_newcomer_signs_up_scans_four_books_and_generates_users(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    visitor = Visitor(context, f"http://localhost:{desk.port}")
    page = visitor.open("/")
    page.get_by_role("link", name="Sign up").first.click()
    for name, value in {"username": "nora", "email": "nora@example.org"}.items():
        page.locator(f"[name={name}]").fill(value)
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill("a fine password 1")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("administrator").first).to_be_visible()

    page.get_by_role("link", name="Scan", exact=True).first.click()
    page.locator("[name=isbns]").fill("\n".join(BOOKS))
    page.locator("form:has([name=isbns]) button[type=submit]").first.click()
    for isbn in BOOKS:
        expect(page.locator(f"a[href='/books/{isbn}/']").first).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Books", exact=True).first.click()
    expect(page.locator("main").get_by_text("1984").first).to_be_visible(timeout=20_000)
    page.locator(f"a[href='/books/{BOOKS[0]}/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hitchhiker")
    expect(page.get_by_text("Douglas Adams").first).to_be_visible()

    page.get_by_role("link", name="the desk, home").click()
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("link", name="Users", exact=True).first.click()
    page.get_by_role("link", name="Generate users").first.click()
    page.locator("[name=total]").fill("500")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("@example.com").first).to_be_visible(timeout=20_000)
    assert visitor.wrong == []
    wanted = {"the welcome email": "To: nora@example.org", "a link": f"http://localhost:{desk.port}"}
    for what, words in wanted.items():
        assert words in desk.words(), f"The console lacks {what}."
    context.close()
