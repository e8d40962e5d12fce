"""Each single key, and that the list of keys tells those that do something on the page at hand."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from task.jobs.models import Job
from tests.browser import filling
from tests.browser.conftest import Visit

LETTERS = {
    "s": "/books/scan/",
    "b": "/books/",
    "o": "/orders/",
    "j": "/jobs/",
    "r": "/reports/",
    "u": "/users/",
    "h": "/",
}


@pytest.fixture
def jobs(people: dict[str, Any]) -> dict[str, Job]:
    return filling.jobs(people["member"])


def told(page: Page) -> dict[str, str]:
    """What the list of keys says here: words by key."""
    page.keyboard.press("?")
    rows = page.locator("dialog .keys > div")
    expect(rows.last).to_be_visible()
    found = {
        " ".join(row.locator("kbd").all_text_contents()): row.locator("dt").text_content() or "" for row in rows.all()
    }
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    return found


@pytest.mark.parametrize("letter", LETTERS)
def test_g_and_a_letter_go(visit: Visit, letter: str) -> None:
    visitor = visit()
    page = visitor.open("/accounts/profile/")
    page.locator("body").press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"{visitor.address}{LETTERS[letter]}")
    assert not visitor.wrong


def test_a_letter_without_a_g_or_long_after_it_goes_nowhere(visit: Visit) -> None:
    visitor = visit()
    visitor.page.clock.install()
    page = visitor.open("/accounts/profile/")
    page.keyboard.press("o")
    page.keyboard.press("g")
    page.clock.run_for(1_600)
    page.keyboard.press("o")
    page.keyboard.press("g")
    page.keyboard.press("z")
    page.keyboard.press("o")
    page.locator("[name=first_name]").focus()
    page.keyboard.type("go")
    expect(page.locator("[name=first_name]")).to_have_value("goMarta")
    assert page.url.endswith("/accounts/profile/")


@pytest.mark.parametrize("path", ["/jobs/", "/books/", "/books/?look=table"])
def test_j_and_k_move_through_a_list_and_enter_opens(
    visit: Visit, people: dict[str, Any], jobs: dict[str, Job], path: str
) -> None:
    filling.books(people["member"])
    page = visit().open(path)
    rows = page.locator("main :is(.desk-table tbody > tr:not(.day), .shelf > li)")
    link = [rows.nth(place).locator("a").first for place in range(3)]
    page.keyboard.press("j")
    expect(link[0]).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(link[2]).to_be_focused()
    page.keyboard.press("k")
    expect(link[1]).to_be_focused()
    for _ in range(3):
        page.keyboard.press("k")
    expect(link[0]).to_be_focused()
    address = link[0].get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_r_retries_the_job_of_the_page(visit: Visit, jobs: dict[str, Job]) -> None:
    page = visit().open(jobs["failed"].get_absolute_url())
    assert told(page)["r"] == "Retry the job"
    page.keyboard.press("r")
    expect(page.locator(".job-state")).to_contain_text("waiting")
    assert Job.objects.get(pk=jobs["failed"].pk).state == "queued"


def test_r_retries_the_chosen_job_of_a_list_and_no_other(visit: Visit, jobs: dict[str, Job]) -> None:
    page = visit().open("/jobs/?state=failed")
    page.keyboard.press("r")  # none is chosen
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.wait_for_url(f"**{jobs['odd'].get_absolute_url()}")
    states = Job.objects.filter(pk__in=[jobs["odd"].pk, jobs["failed"].pk]).values_list("pk", "state")
    assert dict(states) == {jobs["odd"].pk: "queued", jobs["failed"].pk: "failed"}


def test_on_the_home_page_the_rows_that_need_attention_come_first(visit: Visit, jobs: dict[str, Job]) -> None:
    page = visit().open("/")
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator("main").get_by_role("link", name=jobs["failed"].title)).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator(".attention").get_by_role("link", name=jobs["failed"].title)).to_have_count(0)
    assert Job.objects.get(pk=jobs["failed"].pk).state == "queued"


def test_x_selects_where_a_list_has_something_to_select(visit: Visit, jobs: dict[str, Job]) -> None:
    page = visit().open("/jobs/?state=failed")
    assert "x" not in told(page)
    page.locator("td.cell-title").first.evaluate(
        "cell => cell.insertAdjacentHTML('afterbegin', '<input type=checkbox>')"
    )
    assert told(page)["x"] == "Select it"
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("main input[type=checkbox]")).to_be_checked()


def test_the_list_tells_what_does_something_here(visit: Visit, jobs: dict[str, Job]) -> None:
    visitor = visit()
    everywhere = {"Ctrl K", "s", "/", "Esc", "?", *(f"g {letter}" for letter in LETTERS)}
    assert set(told(visitor.open("/accounts/profile/"))) == everywhere
    assert set(told(visitor.open("/jobs/"))) == {*everywhere, "j k", "Enter", "r"}
    scan = visitor.open("/books/scan/")
    scan.locator("h1").click()
    words = told(scan)
    assert set(words) == {*everywhere, "Enter", "Shift Enter", "m", "c"}
    assert (words["s"], words["Enter"]) == ("Go to the scan box", "Send what is in the scan box")
    assert words["g b"] == "Books"
    assert "g c" in told(visit("staff").open("/jobs/"))


def test_the_tab_tells_the_progress_of_a_job_and_how_it_ended(visit: Visit, people: dict[str, Any]) -> None:
    job = filling.job(people["member"], "Make 1,000 <b>users</b>", "running", 5, done=100, total=1_000)
    page = visit().open(job.get_absolute_url())
    rest = " · Make 1,000 <b>users</b> · the desk"
    expect(page).to_have_title(f"10 %{rest}")
    Job.objects.filter(pk=job.pk).update(done=629)
    expect(page).to_have_title(f"62 %{rest}")
    Job.objects.filter(pk=job.pk).update(state="failed", error="Full.", finished=job.started)
    expect(page).to_have_title(f"Failed{rest}")
    visitor = visit(java_script_enabled=False)
    expect(visitor.open(job.get_absolute_url())).to_have_title(f"Failed{rest}")
