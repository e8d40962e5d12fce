"""The menu by hand: its keys, a phone's sheet and lens, and all of it without a script."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from task.jobs.models import Job, State
from tests.browser import filling, pages
from tests.browser.conftest import Visit
from tests.browser.test_pages import AXE, SERIOUS

PHONE = {"width": 360, "height": 560}


def serious(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(SERIOUS)
    return found


def focused(page: Page) -> str:
    words: str = page.evaluate("document.activeElement.textContent.trim()")
    return words


def test_arrow_keys_go_through_a_menu_and_escape_leaves_it(visit: Visit) -> None:
    visitor = visit("staff")
    page = visitor.open("/backups/")
    more = page.locator(".nav-more")
    expect(more.locator("summary")).to_have_class("current")
    expect(more.locator("[aria-current=page]")).to_have_text("Backups")
    more.locator("summary").focus()
    page.keyboard.press("ArrowUp")
    expect(more).not_to_have_attribute("open", "")
    page.keyboard.press("ArrowDown")
    expect(more).to_have_attribute("open", "")
    entries = [words.strip() for words in more.locator("a").all_inner_texts()]
    assert focused(page) == entries[0]
    for key, at in (("ArrowDown", 1), ("End", -1), ("ArrowDown", 0), ("ArrowUp", -1), ("ArrowUp", -2), ("Home", 0)):
        page.keyboard.press(key)
        assert focused(page) == entries[at], key
    page.keyboard.press("Escape")
    expect(more).not_to_have_attribute("open", "")
    expect(more.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(more).to_have_attribute("open", "")
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    expect(more).not_to_have_attribute("open", "")  # who goes on leaves nothing in the way
    page.locator(".nav-person > summary").focus()
    page.keyboard.press("Space")
    keys = page.locator(".nav-person").get_by_role("button", name="Keys")
    keys.click()
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_focused()
    page.keyboard.press("End")
    assert focused(page) == "Log out"
    assert not visitor.wrong


def test_keys_of_a_menu_are_those_of_any_fold(visit: Visit, people: dict[str, Any]) -> None:
    filling.jobs(people["member"])
    page = visit().open("/jobs/")
    page.locator("main summary", has_text="Newest first").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/?sort=oldest")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_whole_menu_fits_and_the_lens_opens_a_field(
    visit: Visit, people: dict[str, Any], scheme: str
) -> None:
    many = 1 if scheme == "light" else 120
    Job.objects.bulk_create(
        Job(kind="workbench.empty", title="x", owner=people["staff"], state=state)
        for state in (State.RUNNING, State.FAILED)
        for _ in range(many)
    )
    visitor = visit("staff", viewport=PHONE, color_scheme=scheme)
    page = visitor.open("/orders/new/")
    page.locator(".nav-menu > summary").click()
    sheet = page.locator(".sheet-menu")
    box = sheet.bounding_box()
    assert box
    assert (box["x"], box["width"]) == (8, 344)
    assert box["y"] + box["height"] <= PHONE["height"]
    assert sheet.evaluate("sheet => sheet.scrollHeight <= sheet.clientHeight")
    small = "each => each.filter(one => one.getBoundingClientRect().height < 44).map(one => one.textContent)"
    assert sheet.locator("a:visible, button:visible").evaluate_all(small) == []
    expect(sheet.locator(".menu-main a")).to_have_count(4)
    jobs = sheet.get_by_role("link", name="Jobs 1 running 1 failed" if many == 1 else "Jobs 99+ running 99+ failed")
    assert jobs.evaluate("link => link.scrollWidth <= link.clientWidth")
    expect(sheet.get_by_role("link", name="Orders")).to_have_attribute("aria-current", "true")
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".nav-menu > summary")).to_be_focused()

    top = "document.querySelector('h1').getBoundingClientRect().top"
    before = page.evaluate(top)
    page.locator(".nav-lens > summary").click()
    field = page.locator(".nav-lens").get_by_role("searchbox", name="Search orders")
    expect(field).to_be_focused()
    assert page.evaluate(top) == before + 72
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.locator("body").press("/")
    expect(field).to_be_focused()
    page.keyboard.type("2026-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/?q=2026-1")
    expect(page.locator(".nav-lens")).to_have_count(0)  # a list has its own field
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search orders")).to_be_focused()
    assert not visitor.wrong


def test_menu_lens_and_theme_work_without_a_script(visit: Visit) -> None:
    page = visit("staff", viewport=PHONE, java_script_enabled=False).open("/orders/new/")
    page.locator(".nav-menu > summary").click()
    page.locator(".sheet-menu").get_by_role("button", name="Dark").click()
    page.wait_for_url("**/orders/new/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.locator(".nav-menu > summary").click()
    expect(page.locator(".sheet-menu").get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.locator(".sheet-menu").get_by_role("link", name="Users").click()
    page.wait_for_url("**/users/")
    page.go_back()
    page.locator(".nav-lens > summary").click()
    page.locator(".nav-lens").get_by_role("searchbox", name="Search orders").fill("2026-1")
    page.locator(".nav-lens").get_by_role("button", name="Search").click()
    page.wait_for_url("**/orders/?q=2026-1")


def test_each_page_has_one_place_to_search(people: dict[str, Any]) -> None:
    """The header's field, or the page's own."""
    readers = {reader: Client() for reader in ("member", "staff")}
    for reader, client in readers.items():
        client.force_login(people[reader])
    for entry in pages.filled(people["member"], people["staff"]):
        # The style page shows one; a phone's filters are a sheet over the list that has it.
        if entry.reader in readers and entry.name not in ("style", "books_filters"):
            page = readers[entry.reader].get(entry.path).text
            assert page.count('class="nav-search"') + page.count('<form class="search') == 1, entry.name


def test_a_stranger_has_the_three_positions_too(visit: Visit) -> None:
    visitor = visit("stranger")
    page = visitor.open("/accounts/login/")
    page.locator(".nav-theme > summary").click()
    page.locator(".nav-theme").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert serious(page) == []
    assert visitor.open("/").locator("html").get_attribute("data-bs-theme") == "dark"
    assert not visitor.wrong


def test_what_runs_leaves_the_menu_when_it_has_ended(visit: Visit, people: dict[str, Any]) -> None:
    job = Job.objects.create(kind="accounts.generate", title="Generate", owner=people["member"], state=State.RUNNING)
    page = visit().open("/books/")
    running = page.locator(".nav-places .nav-count-running")
    expect(running).to_be_visible()
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
    expect(running).to_have_count(0)
