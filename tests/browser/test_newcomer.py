"""A newcomer without a network: from the first page to filled books and random users, without the address bar."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import Visitor
from tests.desk import Desk
from tests.processes import wait_until
from tests.services.github import GitHub

BOOKS = ["9780345418913", "9780451524935", "9780451526342", "9781101990322"]
PASSWORD = "a fine password 1"
# What each newcomer scans, by device and whether there is a script; the first is looked for and ordered.
WALKED = {
    ("laptop", True): {"9780141439471": "Frankenstein", "9780451524935": "1984"},
    ("laptop", False): {"9780132350884": "Clean Code", "9780441172719": "Dune"},
    ("phone", True): {"9780142437247": "Moby-Dick", "9780451526342": "Animal Farm"},
    ("phone", False): {"9780141439846": "Dracula", "9781101990322": "Treasure Island"},
}


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


@pytest.fixture(scope="module")
def busy_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """With a GitHub, for everybody who walks through it one after the other."""
    with GitHub(limit=1000) as github:
        folder = tmp_path_factory.mktemp("walks")
        desk = Desk(folder, WORKERS="1", OPENLIBRARY_URL="http://127.0.0.1:9", GITHUB_API_URL=github.url).prepared()
        try:
            yield desk.start().wait_ready()
        finally:
            desk.end()


class Newcomer(Visitor):
    """Goes by what stands on the pages alone, on a laptop or a phone, with a script or without."""

    def __init__(self, browser: Browser, desk: Desk, device: str, script: bool) -> None:
        size = {"width": 360, "height": 740} if device == "phone" else {"width": 1280, "height": 800}
        self.context = browser.new_context(
            viewport=size, has_touch=device == "phone", is_mobile=device == "phone", java_script_enabled=script
        )
        super().__init__(self.context, f"http://localhost:{desk.port}")
        self.device, self.script = device, script

    def go(self, place: str) -> None:
        """By the menu."""
        menu = self.page.locator(".nav-menu") if self.device == "phone" else self.page.locator(".nav-places")
        if self.device == "phone" or place == "Reports":
            menu.locator("summary").click()
        menu.get_by_role("link", name=place).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def search(self, words: str) -> None:
        self.page.get_by_role("searchbox").locator("visible=true").fill(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def sees(self, what: Locator) -> None:
        """By itself, or after some reloads where no script is."""
        if self.script:
            expect(what.first).to_be_visible()
        else:
            wait_until(lambda: what.count() or (self.page.reload() and False))


def yesterday(desk: Desk, owner: str) -> None:
    """Make the person's look-up one of yesterday."""
    back = "strftime('%Y-%m-%d %H:%M:%f000', created, '-1 day')"
    whose = "kind = 'books.look_up' AND owner_id = (SELECT id FROM accounts_user WHERE username = ?)"
    with closing(sqlite3.connect(desk.var_dir / "desk.sqlite3", timeout=20)) as base, base:
        assert base.execute(f"UPDATE jobs_job SET created = {back} WHERE {whose}", [owner]).rowcount == 1


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_a_newcomer_finds_the_way(browser: Browser, busy_desk: Desk, device: str, script: bool) -> None:
    """Sign up, scan two books, find one by its title, order it, see what became of it, make a report, find a job."""
    name = f"{device}{script}".lower()
    visitor = Newcomer(browser, busy_desk, device, script)
    page, main = visitor.open("/"), visitor.page.get_by_role("main")
    page.get_by_role("link", name="Sign up").locator("visible=true").first.click()
    typed = {"username": name, "email": f"{name}@example.org", "password1": PASSWORD, "password2": PASSWORD}
    for field, value in typed.items():
        page.locator(f"[name={field}]").fill(value)
    visitor.press("Sign up")

    isbns = WALKED[device, script]
    visitor.go("Scan")
    page.locator("[name=isbns]").fill("\n".join(isbns))
    page.locator("form:has([name=isbns]) button[type=submit]").first.click()
    for title in isbns.values():
        visitor.sees(page.get_by_role("link", name=title))

    title = next(iter(isbns.values()))
    visitor.go("Books")
    visitor.search(title[:8].upper())
    main.locator(".shelf").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)

    visitor.go("Orders")
    page.get_by_role("link", name="Order a book").first.click()
    page.locator("[name=book]").fill(title[:8])
    if not script:
        visitor.press("Find books")
    main.get_by_role("radio", name=title).check()
    visitor.press("Order book")
    visitor.go("Orders")
    main.get_by_role("link", name=title).first.click()
    visitor.sees(main.locator("dd", has_text="sent"))

    visitor.go("Reports")
    page.get_by_role("link", name="New report").first.click()
    page.get_by_label("Language").select_option("Python")
    page.get_by_label("Number of repositories").fill("5")
    visitor.press("Make report")
    main.get_by_role("link", name="5 Python repositories").first.click()
    visitor.sees(page.get_by_role("link", name="Download CSV"))

    yesterday(busy_desk, name)
    visitor.go("Jobs")
    visitor.search("look up 2")
    expect(main.locator("tbody")).to_contain_text(re.compile("yesterday", re.IGNORECASE))
    main.get_by_role("link", name="Look up 2 books").click()
    expect(main.get_by_role("link", name=title).first).to_be_visible()
    assert visitor.wrong == []
    visitor.context.close()
