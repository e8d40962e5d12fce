"""Keys, menus, messages and the theme."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import filling
from tests.browser.conftest import Visit
from tests.browser.test_pages import AXE, SERIOUS

PAPER = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(246, 247, 243)", "rgb(13, 20, 18)"


def test_slash_searches_and_s_scans_but_not_while_somebody_types(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/jobs/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search jobs")).to_be_focused()
    page = visitor.open("/accounts/profile/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search books")).to_be_focused()
    page.keyboard.type("s/s")
    expect(page.get_by_role("searchbox")).to_have_value("s/s")
    page.keyboard.press("Enter")
    page.wait_for_url("**/books/?q=s%2Fs")
    page.locator("body").press("s")
    page.wait_for_url("**/books/scan/")
    expect(page.locator(".scan-field")).to_be_focused()


def test_a_question_mark_tells_all_keys(visit: Visit) -> None:
    page = visit().open("/jobs/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Search")
    page.keyboard.press("s")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_single_keys_can_be_switched_off_and_on_again(visit: Visit, width: int, scheme: str) -> None:
    visitor = visit(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = visitor.open("/jobs/")
    page.keyboard.press("?")
    dialog, choice = page.get_by_role("dialog", name="Keys"), page.get_by_label("Single-key shortcuts")
    expect(choice).to_be_checked()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []
    choice.press("Space")
    page.keyboard.press("Escape")
    for path in ("/jobs/", "/books/"):  # this page, and each that follows
        if path != "/jobs/":
            visitor.open(path)
        expect(page.locator("[data-key-hint]:visible")).to_have_count(0)
        for key in "s/?":
            page.keyboard.press(key)
        assert page.url.endswith(path)
        expect(dialog).to_have_count(0)
        expect(page.locator("body")).to_be_focused()
    opener = page.get_by_role("button", name="all keys")
    opener.press("Enter")
    expect(choice).not_to_be_checked()
    choice.check()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("s")
    page.wait_for_url("**/books/scan/")
    assert not visitor.wrong


def test_a_finger_reaches_the_list_of_keys_too(visit: Visit) -> None:
    """Who has no keys but a voice sees it as well: that is whom single keys lead away."""
    page = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).open("/")
    page.get_by_role("button", name="all keys").tap()
    expect(page.get_by_label("Single-key shortcuts")).to_be_checked()


def test_where_nothing_can_be_kept_single_keys_are_off_for_the_page(visit: Visit) -> None:
    visitor = visit()
    visitor.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('off') }})")
    page = visitor.open("/jobs/")
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    assert not visitor.wrong


def choose(page: Page, theme: str) -> None:
    page.locator(".nav-person > summary").click()
    button = page.locator(".nav-person").get_by_role("button", name=theme)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".nav-person [aria-pressed=true]")).to_have_count(1)
    page.keyboard.press("Escape")


def test_theme_follows_the_system_until_it_is_switched_and_is_kept(visit: Visit) -> None:
    visitor = visit(color_scheme="dark")
    page = visitor.open("/jobs/")
    assert page.evaluate(PAPER) == DARK
    choose(page, "Light")
    assert page.evaluate(PAPER) == LIGHT
    # The server writes it into the next page, so it is right before any script runs.
    page = visitor.open("/books/")
    assert page.evaluate(PAPER) == LIGHT
    assert page.locator("html").get_attribute("data-bs-theme") == "light"
    choose(page, "System")
    assert page.evaluate(PAPER) == DARK
    assert visitor.open("/jobs/").locator("html").get_attribute("data-bs-theme") is None
    assert not visitor.wrong


def test_menus_close_with_escape_and_give_the_focus_back(visit: Visit) -> None:
    page = visit().open("/")
    summary = page.locator(".nav-more > summary")
    summary.click()
    expect(page.locator(".nav-more")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator(".nav-more")).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.locator("footer").click()
    expect(page.locator(".nav-more")).not_to_have_attribute("open", "")


def test_focus_goes_to_the_first_wrong_field(visit: Visit) -> None:
    page = visit().open("/generate/")
    page.locator("form").last.evaluate("form => form.noValidate = true")
    page.locator("[name=total]").fill("49")
    page.locator("[name=total]").press("Enter")
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    expect(page.locator("[name=total]")).to_be_focused()


def test_skip_link_comes_first_and_leads_to_the_content(visit: Visit) -> None:
    page = visit().open("/jobs/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_small_screens_reach_every_place_by_the_menu(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}).open("/")
    page.locator(".nav-menu > summary").click()
    page.locator(".nav-menu").get_by_role("link", name="Jobs").click()
    page.wait_for_url("**/jobs/")


# What a person could press, and is not the message's own
PRESSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"
COVERED = """(pressable) => {
    const message = document.querySelector(".toasts");
    const {left, right, top, bottom} = message.getBoundingClientRect();
    return [...document.querySelectorAll(pressable)].filter((each) => {
        const box = each.getBoundingClientRect();
        const over = box.left < right && box.right > left && box.top < bottom && box.bottom > top;
        return over && each.checkVisibility() && !message.contains(each);
    }).map((each) => each.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_a_message_lies_over_nothing_that_can_be_pressed(visit: Visit, width: int, height: int) -> None:
    visitor = visit("staff", viewport={"width": width, "height": height})
    page = visitor.open("/users/invitations/")
    for number in range(4):
        page.locator("[name=email]").fill(f"colleague{number}@example.org")
        page.locator("[name=email]").press("Enter")
        expect(page.locator(".toasts")).to_contain_text(f"colleague{number}@example.org")
    for bottom in (0, 200, 10_000):
        page.evaluate("(bottom) => scrollTo(0, bottom)", bottom)
        assert page.evaluate(COVERED, PRESSABLE) == []


def test_a_message_stays_until_it_is_closed(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    page.clock.install()
    visitor.open("/accounts/profile/")
    page.get_by_role("button", name="Save profile").click()
    toast = page.get_by_role("status").filter(has_text="saved")
    expect(toast).to_be_visible()
    page.clock.run_for(600_000)
    expect(toast).to_be_visible()
    page.get_by_role("button", name="Close this message").click()
    expect(toast).to_have_count(0)


def test_what_was_typed_comes_back_after_the_log_in_that_a_dead_session_asks_for(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/generate/?from=x")
    page.locator("[name=total]").fill("77")
    session = next(cookie for cookie in page.context.cookies() if "session" in cookie["name"])
    page.context.clear_cookies(name=session["name"])
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/accounts/login/?next=/generate/**")
    page.locator("[name=username]").fill("marta@example.org")
    page.locator("[name=password]").fill("secret words")
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/generate/**")
    expect(page.locator("[name=total]")).to_have_value("77")
    expect(page.locator("[name=total]")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("What you typed is still here")
    visitor.open("/generate/")
    expect(page.locator("[name=total]")).to_have_value("")
    assert "secret words" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_what_was_typed_comes_back_after_a_form_was_open_for_too_long(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/accounts/profile/")
    page.locator("[name=first_name]").fill("Martina")
    page.locator("main [name=csrfmiddlewaretoken]").first.evaluate("field => { field.value = 'x'.repeat(64) }")
    visitor.expected = visitor.address + "/accounts/profile/"
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This form was open for too long")
    page.get_by_role("link", name="Open the page again").click()
    expect(page.locator("[name=first_name]")).to_have_value("Martina")


@pytest.mark.parametrize("path", ["/", "/books/scan/", "/books/", "/jobs/"])
def test_nothing_moves_while_a_page_loads_nor_without_its_typeface(
    visit: Visit, people: dict[str, Any], path: str
) -> None:
    filling.books(people["member"])
    filling.jobs(people["member"])
    visitor = visit(viewport={"width": 360, "height": 740})
    page = visitor.page
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) "
        "if (!one.hadRecentInput) window.moved += one.value; }).observe({type: 'layout-shift', buffered: true})"
    )
    visitor.open(path)
    drawn = "new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"
    page.evaluate(f"document.fonts.ready.then(() => {drawn})")
    assert page.evaluate("window.moved") < 0.02
    page.route("**/*.woff2", lambda route: route.abort())
    visitor.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
