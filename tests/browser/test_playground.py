"""A real desk in a real browser: each canvas of the playground from its form to its end, watched live."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor
from tests.desk import Desk

PERSON = {"username": "nora", "email": "nora@example.org", "password1": "a fine word 1", "password2": "a fine word 1"}
SECONDS = 20_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, WORKERS="2").prepared()
    try:
        yield desk.start().wait_ready()
    finally:
        desk.end()


def begin(page: Page, canvas: str, numbers: str) -> None:
    """Start a canvas by its form, from wherever the page is."""
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("link", name="Playground", exact=True).first.click()
    page.locator(".tabs-desk").get_by_role("link", name=canvas, exact=True).click()
    page.locator(".form [name=numbers]").fill(numbers)
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_text("Started. Watch its tasks on this page.")).to_be_visible()


def states(page: Page) -> list[str]:
    return page.locator(".play-tasks .state .word").all_inner_texts()


def over(page: Page) -> None:
    """Until nothing on the page is live any more. Nobody reloads it."""
    expect(page.locator("[data-live]")).to_have_count(0, timeout=SECONDS)


def test_each_canvas_from_its_form_to_its_end(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    visitor = Visitor(context, f"http://localhost:{desk.port}")
    page = visitor.open("/accounts/signup/")
    for name, value in PERSON.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("administrator").first).to_be_visible()

    begin(page, "Chain", "2, 3")
    over(page)
    expect(page.locator(".big-number")).to_have_text("50")
    assert states(page) == ["done"] * 3
    expect(page.locator(".play-code")).to_contain_text("chain(add.s(first, second), multiply.s(10), store.s(run))")

    begin(page, "Group", "1 2 3 4")
    over(page)
    expect(page.locator(".big")).to_contain_text("1, 4, 9, 16")
    assert states(page) == ["done"] * 4

    begin(page, "Chord", "1, 2, 4, 5")
    over(page)
    expect(page.locator(".big-number")).to_have_text("195")
    assert states(page) == ["done"] * 6

    begin(page, "Chord", "1, 0")
    over(page)
    expect(page.locator(".play-tasks")).to_contain_text("ChordError")
    assert states(page) == ["done", "failed", "never ran", "never ran"]

    begin(page, "Failure", "7")
    over(page)
    assert states(page) == ["failed", "never ran"]
    expect(page.locator(".play-tasks")).to_contain_text("ZeroDivisionError: division by zero.")
    page.locator("summary", has_text="Traceback").first.click()
    expect(page.get_by_text("return number / by").first).to_be_visible()

    begin(page, "Retry", "7")
    over(page)
    expect(page.locator(".big-number")).to_have_text("7")
    expect(page.locator(".play-tries li")).to_have_count(2)
    expect(page.locator(".play-tries")).to_contain_text("ConnectionError: Nobody answered.")

    begin(page, "Progress", "10")
    expect(page.locator(".play-tasks")).to_contain_text("of 10 steps done.", timeout=SECONDS)
    over(page)
    expect(page.locator(".big-number")).to_have_text("10")

    page.get_by_role("button", name="Start again").click()
    over(page)
    page.locator(".crumb").get_by_role("link", name="Playground").click()
    expect(page.locator("#play-runs h3")).to_have_count(8)
    assert page.locator("#play-runs .state .word").all_inner_texts() == [
        *("done",) * 3, "failed", "failed", "done", "done", "done",
    ]  # fmt: skip
    assert visitor.wrong == []
    context.close()
