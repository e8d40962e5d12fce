"""Ctrl K: pages, actions, books and jobs by a few letters; with the keyboard alone, and only one's own."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from task.books.models import Book
from tests.browser import filling
from tests.browser.conftest import Visit
from tests.browser.test_pages import AXE, SERIOUS

CHOSEN = ".palette [aria-selected=true]"


@pytest.fixture
def filled(people: dict[str, Any]) -> None:
    filling.books(people["member"])
    filling.jobs(people["member"])
    filling.job(people["staff"], "Beware of others", "succeeded", 60, took=1)


def opened(page: Page, text: str = "") -> Page:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(text)
    return page


def test_pages_and_actions_need_no_question_and_enter_goes(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/jobs/")
    page.route("**/palette/**", lambda route: None)  # it is never answered
    opened(page, "rep")
    expect(page.locator(CHOSEN)).to_contain_text("Reports")
    page.keyboard.press("ArrowDown")
    expect(page.locator(CHOSEN)).to_contain_text("New report")
    expect(page.get_by_role("combobox")).to_have_attribute(
        "aria-activedescendant", page.locator(CHOSEN).get_attribute("id") or ""
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/new/")
    assert not visitor.wrong


def test_books_and_jobs_are_found_by_one_question_after_the_last_key(visit: Visit, filled: None) -> None:
    visitor = visit()
    page = visitor.open("/jobs/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, "be")
    found = page.locator(".palette [data-found]")
    expect(found.locator("[role=option]", has_text="Beloved")).to_be_visible()
    expect(found).not_to_contain_text("Beware")  # a stranger's job
    page.keyboard.type("l")
    expect(found.locator("mark")).to_have_text(["Bel"])
    assert [url.partition("/palette/?")[2] for url in asked if "/palette/" in url] == ["q=be", "q=bel"]
    expect(page.locator(CHOSEN)).to_contain_text("Beloved")
    page.keyboard.press("Enter")
    page.wait_for_url("**/books/9781400033416/")
    assert not visitor.wrong


def test_an_answer_that_comes_too_late_is_dropped(visit: Visit, filled: None) -> None:
    page = visit().open("/jobs/")
    held: list[Any] = []
    page.route("**/palette/?q=bel", lambda route: held.append(route))
    with page.expect_request("**/palette/?q=bel"):
        opened(page, "bel")
    page.keyboard.press("Control+a")
    page.keyboard.type("annih")
    expect(page.locator(CHOSEN)).to_contain_text("Annihilation")
    with page.expect_response("**/palette/?q=bel"):
        held[0].continue_()
    expect(page.locator(".palette [data-found]")).not_to_contain_text("Beloved")


def test_a_scanner_that_is_faster_than_the_answer_scans(visit: Visit) -> None:
    page = opened(visit().open("/jobs/"), "0-14-032872-6")
    page.keyboard.press("Enter")
    page.wait_for_url("**/books/scan/")
    assert Book.objects.get().isbn == "9780140328721"


def test_nothing_found_offers_the_search(visit: Visit) -> None:
    page = opened(visit().open("/jobs/"), "zzzz")
    expect(page.locator(".pal-none")).to_have_text("Nothing matches “zzzz”.")
    expect(page.locator(CHOSEN)).to_have_text("Search books")
    page.keyboard.press("Enter")
    page.wait_for_url("**/books/?q=zzzz")


def test_before_anything_is_typed_the_last_pages_and_actions_are_offered(visit: Visit) -> None:
    visitor = visit()
    paths = ("/", "/books/", "/reports/new/", "/orders/", "/accounts/profile/", "/books/scan/", "/jobs/")
    for path in paths:
        visitor.open(path)
    page = opened(visitor.page)
    last = page.locator("[data-group=visited] [role=option]")
    expect(last).to_contain_text(["Scan", "Your profile", "Orders", "New report", "Books"])
    expect(page.locator("[data-group=pages]")).to_be_hidden()
    expect(page.locator("[data-group=actions] [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/books/scan/")
    # The scan box has the focus, and gets it back.
    opened(page)
    page.keyboard.press("Escape")
    expect(page.locator(".scan-field")).to_be_focused()


def test_the_next_person_at_the_same_browser_sees_no_pages_of_the_last_one(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/reports/new/")
    of_another = "localStorage.setItem('desk-visited', JSON.stringify({user: '0', pages: [{url: '/x/', words: 'X'}]}))"
    page.evaluate(of_another)
    opened(visitor.open("/jobs/"))
    expect(page.locator("[data-group=visited]")).to_be_hidden()
    page.context.clear_cookies()
    visitor.open("/")
    assert page.evaluate("localStorage.getItem('desk-visited')") is None


def test_ctrl_enter_opens_a_new_tab(visit: Visit) -> None:
    page = opened(visit().open("/jobs/"), "orders")
    with page.context.expect_page() as other:
        page.keyboard.press("Control+Enter")
    other.value.wait_for_url("**/orders/")
    assert page.url.endswith("/jobs/")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_theme_is_chosen_in_it_and_the_page_stays(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/jobs/?sort=oldest")
    for words in ("dark th", "light th"):
        opened(page, words)
        expect(page.locator(CHOSEN)).to_contain_text(" theme")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", words.partition(" ")[0])
    assert page.url.endswith("/jobs/?sort=oldest")
    visitor.open("/books/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    assert not visitor.wrong


def test_the_switch_of_the_keys_is_its_switch_too(visit: Visit) -> None:
    page = visit().open("/jobs/")
    page.get_by_role("button", name="all keys").click()
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("/jobs/")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_it_is_for_everybody_and_on_a_phone_it_has_the_screen(
    visit: Visit, filled: None, width: int, scheme: str
) -> None:
    visitor = visit(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = opened(visitor.open("/jobs/"), "b")
    expect(page.locator(".palette [data-found]")).to_have_count(2)
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []
    box = page.get_by_role("dialog").bounding_box()
    assert box
    assert (box["width"], box["x"]) == ((360, 0) if width == 360 else (640, 320))
    assert not visitor.wrong


def test_on_a_phone_the_first_line_of_the_menu_opens_it(visit: Visit) -> None:
    page = visit("staff", viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True).open("/jobs/")
    page.locator(".nav-menu > summary").tap()
    page.locator(".sheet-menu").get_by_role("button", name="Go to anything").tap()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("sched")
    page.get_by_role("option", name="Schedules").tap()
    page.wait_for_url("**/schedules/")


def test_without_script_there_is_none(visit: Visit) -> None:
    page = visit(java_script_enabled=False).open("/jobs/")
    page.keyboard.press("Control+k")
    expect(page.locator(".palette")).to_have_count(0)
