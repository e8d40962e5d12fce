"""A cart of books: whatever the scanner types arrives, in its order, and each bad one is told."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from task.books.models import Book
from task.books.views import ScanView
from task.jobs.models import Job
from tests.books.conftest import isbns
from tests.browser.conftest import Visit, Visitor

CART = isbns(5, start=140328721)


def scan(page: Page, *numbers: str, gap: int = 0) -> None:
    for number in numbers:
        page.keyboard.type(number)
        page.keyboard.press("Enter", delay=gap)


def slow(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The desk takes its time over each scan."""
    post, pause = ScanView.post, threading.Event()

    def after_a_while(view: Any, *args: Any, **kwargs: Any) -> Any:
        pause.wait(seconds)
        return post(view, *args, **kwargs)

    monkeypatch.setattr(ScanView, "post", after_a_while)


def posts_of(visitor: Visitor) -> list[str]:
    seen: list[str] = []
    visitor.page.on("request", lambda request: seen.append(request.post_data) if request.method == "POST" else None)
    return seen


@pytest.mark.parametrize("gap", [0, 30, 300])
def test_a_scanner_is_never_too_fast(visit: Visit, monkeypatch: pytest.MonkeyPatch, gap: int) -> None:
    visitor = visit()
    slow(monkeypatch, 0.3)
    page = visitor.open("/books/scan/")
    posts = posts_of(visitor)
    scan(page, *CART, gap=gap)
    expect(page.locator(".scan-field")).to_have_value("")
    expect(page.locator(".scan-field")).to_be_focused()
    expect(page.locator(".cards .card-book")).to_have_count(5)
    assert list(Book.objects.order_by("id").values_list("isbn", flat=True)) == CART
    assert len(posts) == Job.objects.count() == 5
    expect(page.locator("#scan-queue")).to_be_hidden()
    expect(page.locator(".toast-desk")).to_have_count(0)
    expect(page.locator("#scan-line")).to_contain_text(f"Looking up {CART[-1]}.")
    expect(page.locator("#scan-figures")).to_contain_text("5")
    assert not visitor.wrong


def test_new_cards_follow_their_books_without_a_reload(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    scan(page, CART[0])
    expect(page.locator(f"#scan-{CART[0]}")).to_contain_text("looking up")
    Book.objects.update(state="filled", title="Fantastic Mr Fox")
    expect(page.locator(f"#scan-{CART[0]}")).to_contain_text("Fantastic Mr Fox")
    expect(page.locator("[data-live]")).to_have_count(0)
    scan(page, CART[1])
    expect(page.locator(f"#scan-{CART[1]}")).to_contain_text("looking up")
    assert not visitor.wrong


def test_a_wrong_scan_is_told_and_stops_nothing(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    scan(page, CART[0], "012345678905", "hello", CART[1])
    notes = page.locator("#scan-notes")
    expect(page.locator(".cards .card-book")).to_have_count(2)
    expect(notes).to_contain_text("012345678905 is not an ISBN: it is a UPC")
    expect(notes).to_contain_text("hello is not an ISBN")
    expect(notes).not_to_contain_text("Line")
    expect(notes.get_by_role("heading")).to_have_text("2 scans need fixing")
    expect(page.locator(".scan-field")).to_have_value("")
    scan(page, CART[2])
    expect(page.locator(".cards .card-book")).to_have_count(3)
    expect(notes).to_contain_text("hello is not an ISBN")
    lower, upper = page.locator(".cards").bounding_box(), notes.bounding_box()
    assert lower
    assert upper
    assert upper["y"] + upper["height"] <= lower["y"], "the notes cover no card"
    assert not visitor.wrong


def test_a_book_that_is_here_is_told_and_gives_way_to_the_next(visit: Visit) -> None:
    Book.objects.create(isbn=CART[0], title="Dune", state="filled")
    page = visit().open("/books/scan/")
    scan(page, CART[0])
    notes = page.locator("#scan-notes")
    expect(notes.get_by_role("heading")).to_have_text("Already in the catalogue")
    expect(notes).to_contain_text(f"Dune, {CART[0]}.")
    scan(page, CART[1])
    expect(page.locator(f"#scan-{CART[1]}")).to_be_visible()
    expect(notes).to_have_count(0)


def test_scans_wait_in_the_page_over_a_reload_until_the_desk_is_back(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    asked: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        asked.append(str(route.request.post_data).partition("form_token=")[2])
        route.abort()

    page.route("**/books/scan/", cut)
    scan(page, *CART[:3])
    expect(page.locator("#scan-queue")).to_contain_text("3 scans waiting to be sent")
    page.reload()
    expect(page.locator("#scan-queue")).to_contain_text("3 scans waiting to be sent")
    assert Book.objects.count() == 0
    page.unroute("**/books/scan/")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".cards .card-book")).to_have_count(3)
    assert list(Book.objects.order_by("id").values_list("isbn", flat=True)) == CART[:3]
    assert len(set(asked)) == 1, "the same submission, however often it is tried"
    assert page.evaluate("sessionStorage.getItem('desk-scans')") == "[]"


def test_a_scan_whose_answer_was_lost_is_one_job(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/books/scan/", lose)
    scan(page, CART[0], CART[1])
    expect(page.locator(".cards .card-book")).to_have_count(2)
    assert (lost, Job.objects.count()) == ([302], 2)
    expect(page.locator("main, .band").first).not_to_contain_text("You already sent this")


def test_scans_outlive_a_session_that_has_ended(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    session = next(cookie for cookie in page.context.cookies() if "session" in cookie["name"])
    page.context.clear_cookies(name=session["name"])
    scan(page, CART[0])
    expect(page.locator("#scan-queue")).to_contain_text("You are logged out. 1 scan waiting to be sent.")
    page.locator("#scan-queue").get_by_role("link", name="Log in").click()
    page.locator("[name=username]").fill("marta@example.org")
    page.locator("[name=password]").fill("secret words")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/books/scan/")
    expect(page.locator(f"#scan-{CART[0]}")).to_be_visible()


def test_a_list_is_sent_whole_and_its_lines_are_told(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    page.locator(".scan-field").fill(f"{CART[0]}\nDune\n{CART[1]}")
    page.locator(".scan button[type=submit]").click()
    expect(page.locator("#scan-notes")).to_contain_text("Line 2: Dune is not an ISBN")
    expect(page.locator("#scan-notes")).to_contain_text("Line numbers are those of what you sent")
    expect(page.locator(".scan-field")).to_have_value("Dune")
    assert Job.objects.count() == 1


def test_without_javascript_a_scan_is_a_form(visit: Visit) -> None:
    page = visit(java_script_enabled=False).open("/books/scan/")
    page.locator(".scan-field").fill(CART[0])
    page.locator(".scan button[type=submit]").click()
    expect(page.locator(f"#scan-{CART[0]}")).to_be_visible()
    expect(page.locator("#scan-line")).to_contain_text("Looking up")
    expect(page.locator(".note", has_text="If the network drops")).to_be_hidden()
