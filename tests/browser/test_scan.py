"""A trolley of books: whatever the scanner types arrives once, wherever the focus is and whatever the network does."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from task.books.carts.models import Cart, Scan
from task.books.models import Book
from task.jobs.models import Job
from tests.books.conftest import isbns
from tests.browser import filling
from tests.browser.conftest import Visit, Visitor
from tests.browser.scanner import Scanner
from tests.desk import Desk
from tests.processes import wait_until
from tests.services.openlibrary import OpenLibrary

CART = isbns(60, start=140328721)
BAD = "9780451524936"
SENDS = "**/books/scans/"


def texts() -> list[str]:
    return list(Scan.objects.in_pile().values_list("text", flat=True))


def arrived(number: int) -> None:
    wait_until(lambda: Scan.objects.count() >= number, 30)
    assert Scan.objects.count() == number


def figure(page: Page, words: str) -> Any:
    return page.locator("#scan-figures > div", has_text=words).locator("dd")


def test_the_box_is_always_empty_and_ready(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    Scanner(page).scan(*CART[:4])
    Scanner(page).scan(CART[4], end="Tab")
    Scanner(page).scan(CART[5], end="")
    expect(page.locator("#scan-plate h2")).to_have_text(CART[5])
    page.keyboard.type(CART[6][:10])
    expect(page.locator("[data-scan-count]")).to_have_text("3 digits to go")
    page.keyboard.type(CART[6][10:])
    page.keyboard.press("Enter")
    expect(page.locator("#scan-plate h2")).to_have_text(CART[6])
    expect(page.locator(".scan-field")).to_have_value("")
    expect(page.locator(".scan-field")).to_be_focused()
    expect(figure(page, "scanned")).to_have_text("7")
    expect(page.locator("#scan-rows > li:visible")).to_have_count(6)
    expect(page.locator("#scan-rows > li:visible").first).to_contain_text(CART[5])
    assert texts() == CART[:7]
    assert not visitor.wrong


def test_what_somebody_types_waits_for_enter(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    page.keyboard.type(CART[0], delay=60)
    page.wait_for_timeout(300)
    expect(page.locator(".scan-field")).to_have_value(CART[0])
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text(CART[1])
    page.keyboard.press("Enter")
    expect(page.locator(".scan-field")).to_have_value("")
    arrived(2)


def test_a_pasted_list_goes_on_whole(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"]).open("/books/scan/")
    page.evaluate("text => navigator.clipboard.writeText(text)", "\n".join(CART))
    page.keyboard.press("Control+V")
    expect(figure(page, "scanned")).to_have_text("60")
    expect(page.locator(".scan-field")).to_have_value("")
    expect(page.get_by_role("link", name="Show the other 47 in the cart")).to_be_visible()
    assert texts() == CART
    assert Job.objects.count() == 1


def test_rows_follow_their_books_and_the_plate_is_read_out(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    plate = page.locator("#scan-plate")
    Scanner(page).scan(CART[0])
    expect(plate).to_contain_text("Looking up")
    arrived(1)
    Book.objects.update(state="filled", title="Fantastic Mr Fox")
    expect(plate).to_contain_text("Found")
    expect(page.locator("#scan-told")).to_have_text("Found: Fantastic Mr Fox")
    expect(page.locator("[data-waits]")).to_have_count(0)
    Scanner(page).scan(CART[0])
    expect(plate).to_contain_text("In the catalogue")
    page.keyboard.press("+")
    expect(plate).to_contain_text("Copy added")
    assert Book.objects.get().copies == 2
    page.keyboard.press("u")
    expect(plate).to_contain_text("Undone")
    assert Book.objects.get().copies == 1
    expect(page.locator(".scan-field")).to_have_value("")
    assert not visitor.wrong


def test_a_refused_one_is_mended_in_place_and_a_scan_meanwhile_goes_to_the_cart(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    Scanner(page).scan(CART[0], BAD)
    plate = page.locator("#scan-plate")
    expect(plate).to_contain_text("Its check digit should be 5.")
    field = plate.locator("[data-mend]")
    field.fill("97804515")
    Scanner(page).scan(CART[1])
    row = page.locator("#scan-rows > li.card-bad")
    expect(plate).to_contain_text(CART[1])
    expect(row.locator("[data-mend]")).to_have_value("97804515")
    row.locator("[data-mend]").fill("9780451524935")
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(page.locator("#scan-needs")).to_be_hidden()
    assert texts() == [CART[0], "9780451524935", CART[1]]
    assert not visitor.wrong


@pytest.mark.parametrize(
    ("path", "focus"),
    [
        ("/jobs/", "form[action$='/retry/'] button"),
        ("/books/", "input[type=search]"),
        ("/books/", "summary:visible"),
        ("/books/scan/", "h1"),
        ("/orders/new/", "select, h1"),
    ],
)
def test_a_burst_is_caught_wherever_the_focus_is_and_presses_nothing(
    visit: Visit, people: dict[str, Any], path: str, focus: str
) -> None:
    filling.jobs(people["member"])
    filling.books(people["member"])
    jobs = list(Job.objects.order_by("pk").values_list("pk", "state"))
    visitor = visit()
    page = visitor.open(path)
    place = page.locator(focus).first
    place.evaluate("element => { element.tabIndex = 0; element.focus(); }")
    where = page.url
    slow = Scanner(page, gap=0.05)
    slow.scan(CART[3])
    slow.scan(CART[4], end="Tab")
    scanner = Scanner(page)
    scanner.now = slow.now + 1
    scanner.scan(CART[0])
    scanner.scan(CART[1], end="Tab")
    scanner.scan(BAD)
    scanner.scan(CART[2], end="")
    expect(page.locator("#scan-plate h2, .toast-caught b")).to_contain_text(CART[2])
    wait_until(lambda: texts()[-6:] == [CART[3], CART[4], CART[0], CART[1], BAD, CART[2]], 30)
    assert page.url == where
    assert place.evaluate("element => element.value || ''") == ""
    assert [each for each in Job.objects.order_by("pk").values_list("pk", "state") if each in jobs] == jobs
    assert not visitor.wrong


def test_a_list_keeps_its_choice_and_other_fields_keep_what_is_typed(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', "
        "'<select id=list><option>1</option><option>9</option></select><input id=text>')"
    )
    page.locator("#list").focus()
    Scanner(page).scan(CART[0])
    arrived(1)
    expect(page.locator("#list")).to_have_value("1")
    page.keyboard.press("9")
    expect(page.locator("#list")).to_have_value("9")
    page.locator("#text").focus()
    Scanner(page).scan(CART[1])
    expect(page.locator("#text")).to_have_value(CART[1])
    assert Scan.objects.count() == 1


def test_location_and_copies_are_said_where_one_scans(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    Scanner(page).scan(CART[0])
    page.locator("#cart-copies").check()
    expect(page.locator("#cart-copies")).to_be_checked()
    wait_until(lambda: Cart.objects.filter(counts_copies=True).exists(), 30)
    page.get_by_label("Room").fill("Main hall")
    Scanner(page).scan(CART[0])
    expect(figure(page, "scanned")).to_have_text("2")
    expect(page.get_by_label("Room")).to_have_value("Main hall")
    page.get_by_label("Room").press("Enter")
    expect(page.locator("#scan-head")).to_contain_text("Main hall")
    cart = Cart.objects.get()
    assert (str(cart.location), cart.counts_copies, Book.objects.get().copies) == ("Main hall", True, 2)
    assert not visitor.wrong


def test_scans_of_two_tabs_without_a_network_arrive_once(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    other = page.context.new_page()
    other.goto(page.url)
    for each in (page, other):
        each.route(SENDS, lambda route: route.abort())
    for each, numbers in ((page, CART[:25]), (other, CART[25:50])):
        each.bring_to_front()
        Scanner(each).scan(*numbers)
        expect(each.locator("#scan-news")).to_contain_text("scans waiting to be sent. The desk can’t be reached.")
        expect(each.locator("#scan-plate")).to_contain_text("Kept")
    assert Scan.objects.count() == 0
    for each in (page, other):
        each.unroute(SENDS)
    for each in (page, other):
        each.evaluate("dispatchEvent(new Event('online'))")
    arrived(50)
    for each in (page, other):
        expect(figure(each, "scanned")).to_have_text("50")
        expect(each.locator("#scan-news")).not_to_contain_text("waiting")
    assert sorted(texts()) == sorted(CART[:50])


def test_a_scan_whose_answer_was_lost_counts_once(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    lost: list[int] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route(SENDS, lose)
    Scanner(page).scan(CART[0])
    expect(figure(page, "scanned")).to_have_text("1")
    assert (lost, Scan.objects.count()) == ([200], 1)


def test_what_was_not_sent_can_be_dropped(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    page.route(SENDS, lambda route: route.abort())
    Scanner(page).scan(*CART[:3])
    expect(page.locator("#scan-plate")).to_contain_text("Kept")
    page.keyboard.press("u")
    expect(page.locator("#scan-plate h2")).to_have_text(CART[1])
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Discard scans").click()
    expect(page.locator("#scan-news")).not_to_contain_text("waiting")
    page.unroute(SENDS)
    Scanner(page).scan(CART[3])
    arrived(1)


def test_scans_wait_for_the_same_person(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    page.on("dialog", lambda dialog: dialog.accept())
    session = next(cookie for cookie in page.context.cookies() if "session" in cookie["name"])
    page.context.clear_cookies(name=session["name"])
    Scanner(page).scan(CART[0])
    expect(page.locator("#scan-news")).to_contain_text("1 scan waiting to be sent. You are logged out.")
    page.locator("#scan-news").get_by_role("link", name="Log in").click()
    log_in(page, "marta@example.org", "secret words")
    page.wait_for_url("**/books/scan/")
    expect(page.locator("#scan-plate h2")).to_have_text(CART[0])
    expect(page.locator("#scan-news")).to_contain_text("1 earlier scan was sent.")
    assert Cart.objects.count() == 1


def log_in(page: Page, name: str, password: str) -> None:
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("main button[type=submit]").click()


def test_another_persons_kept_scans_are_never_shown(visit: Visit, people: dict[str, Any]) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    page.route(SENDS, lambda route: route.abort())
    Scanner(page).scan(CART[0])
    expect(page.locator("#scan-plate")).to_contain_text("Kept")
    staff = visit("staff")
    cookies = [cookie for cookie in staff.page.context.cookies() if "session" in cookie["name"]]
    page.context.add_cookies(cookies)
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute(SENDS)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#scan-news")).to_contain_text("You are logged out.")
    visitor.open("/books/scan/")
    expect(page.locator("#scan-plate")).to_contain_text("Scan the first book")
    assert CART[0] not in page.locator("body").inner_text()
    assert Scan.objects.count() == 0


def test_the_sound_is_switched_and_remembered(visit: Visit) -> None:
    page = visit().open("/books/scan/")
    sound = page.get_by_role("button", name="Sound")
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    expect(sound).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(sound).to_have_attribute("aria-pressed", "false")


def test_the_box_of_the_home_page_is_the_same(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/")
    Scanner(page).scan(*CART[:10])
    expect(page.locator("#scan-last")).to_contain_text(CART[9])
    expect(page.locator(".scan-field")).to_have_value("")
    arrived(10)
    assert not visitor.wrong


def test_without_javascript_a_scan_is_a_form(visit: Visit) -> None:
    page = visit(java_script_enabled=False).open("/books/scan/")
    page.locator(".scan-field").fill(f"{CART[0]}\n{BAD}")
    page.locator(".scan button[type=submit]").click()
    plate = page.locator("#scan-plate")
    expect(plate).to_contain_text("Refused")
    plate.locator("[data-mend]").fill(CART[1])
    plate.get_by_role("button", name="Send again").click()
    expect(plate).to_contain_text("Looking up")
    plate.get_by_role("button", name="Undo scan").click()
    expect(plate).to_contain_text("Undone")
    expect(page.locator(".note", has_text="If the network drops")).to_be_hidden()


# A hundred books, with all that goes wrong


@pytest.fixture
def library() -> Iterator[OpenLibrary]:
    with OpenLibrary(delay=0.2) as library:
        yield library


@pytest.fixture
def desk(tmp_path: Path, library: OpenLibrary) -> Iterator[Desk]:
    desk = Desk(tmp_path, WORKERS="1", OPENLIBRARY_URL=library.url).prepared()
    try:
        yield desk.start().wait_ready()
    finally:
        desk.end()


def rows(desk: Desk, sql: str) -> list[Any]:
    with closing(sqlite3.connect(desk.var_dir / "desk.sqlite3")) as database:
        return database.execute(sql).fetchall()


def sign_up(context: BrowserContext, desk: Desk) -> Page:
    page = Visitor(context, f"http://localhost:{desk.port}").open("/accounts/signup/")
    fields = {"username": "nora", "email": "nora@example.org", "password1": "a fine one 1", "password2": "a fine one 1"}
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Scan", exact=True).first.click()
    page.wait_for_url("**/books/scan/")
    return page


def test_a_tab_that_is_closed_while_a_scan_is_being_written_down_loses_none(
    browser: Browser, desk: Desk, library: OpenLibrary
) -> None:
    context = browser.new_context()
    first = sign_up(context, desk)
    slow = context.new_page()
    slow.add_init_script("IDBFactory.prototype.open = () => ({})")  # its database never opens
    slow.goto(first.url)
    first.close()
    Scanner(slow).scan(isbns(1)[0])
    slow.close()
    assert rows(desk, "SELECT count(*) FROM books_scan") == [(0,)]
    context.new_page().goto(f"http://localhost:{desk.port}/")
    wait_until(lambda: rows(desk, "SELECT text FROM books_scan") == [(isbns(1)[0],)], 60)
    context.close()


def test_of_a_hundred_scans_none_is_lost_or_doubled(browser: Browser, desk: Desk, library: OpenLibrary) -> None:
    numbers = isbns(100)
    for place in range(9, 100, 10):
        numbers[place] = numbers[place][:12]
    context = browser.new_context()
    page = sign_up(context, desk)
    url = page.url
    scanner = Scanner(page)
    for place, number in enumerate(numbers, 1):
        if place == 30:
            page.locator("h1").click()
        if place == 50:
            web = desk.main_process("web")
            assert web
            os.killpg(web, signal.SIGKILL)
        scanner.scan(number, end="Tab" if place % 2 else "Enter")
        if place == 80:
            page.close()
            page = context.new_page()
            desk.wait_ready()
            page.goto(url)
            scanner = Scanner(page)
    wait_until(lambda: rows(desk, "SELECT count(*) FROM books_scan") == [(100,)], 60)
    expect(figure(page, "scanned")).to_have_text("100")
    expect(figure(page, "refused")).to_have_text("10")
    assert rows(desk, "SELECT count(*), sum(copies) FROM books_book") == [(90, 90)]
    assert rows(desk, "SELECT count(*) FROM books_cart") == [(1,)]
    pile = [text for (text,) in rows(desk, "SELECT text FROM books_scan ORDER BY at, id")]
    assert pile == numbers
    wait_until(lambda: rows(desk, "SELECT count(*) FROM books_book WHERE state = 'filled'") == [(90,)], 60)
    asked = [isbn for request in library.requests for isbn in request.isbns]
    assert set(asked) >= {number for number in numbers if len(number) == 13}
    assert len(asked) <= 90 + len(library.requests)  # each book once, and in a request one that is known to be there
    assert len(library.requests) < 45, f"{len(library.requests)} requests"
    context.close()
