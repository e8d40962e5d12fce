"""A real desk in a real browser: the plug is pulled in the middle of 100,000 users, and all of them are there, once.

With MOVING_PICTURE set to a file the page is filmed meanwhile (`python -m tests.browser.moving_picture`).
"""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.moving_picture import Film
from tests.desk import Desk
from tests.processes import wait_until

TOTAL = 100_000
# The same piece of the page that is asked for every second, asked for now.
ASK_NOW = "document.querySelectorAll('[data-live]').forEach(piece => htmx.trigger(piece, 'tick'))"
PERSON = {
    "username": "sam",
    "email": "sam@example.org",
    "password1": "words for a test",
    "password2": "words for a test",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, WORKERS="2").prepared()
    try:
        yield desk.start().wait_ready()
    finally:
        desk.end()


@pytest.fixture
def visitor(browser: Browser, desk: Desk) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    yield Visitor(context, f"http://localhost:{desk.port}")
    context.close()


def number(page: Page) -> int:
    digits = re.sub(r"\D", "", page.locator(".big-number").text_content() or "")
    return int(digits or 0)


def watch(page: Page, film: Film, until: str, seconds: float = 90) -> None:
    """Look at the job's page again and again until JavaScript says that it is so."""

    def seen() -> bool:
        page.evaluate(ASK_NOW)
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
        film.take(page)
        return bool(page.evaluate(until))

    wait_until(seen, seconds, every=0.12, what=lambda: page.locator("main").inner_text())


def made_is(least: int) -> str:
    return f"Number((document.querySelector('.big-number')?.textContent || '0').replace(/\\D/g, '')) >= {least}"


def test_no_user_is_lost_or_made_twice_when_a_worker_is_killed(visitor: Visitor, desk: Desk) -> None:
    film = Film(os.environ.get("MOVING_PICTURE", ""))
    page = visitor.open("/accounts/signup/")
    for name, value in PERSON.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator(".toast-desk")).to_contain_text("you are the administrator")

    page = visitor.open("/generate/")
    page.locator("[name=total]").fill(str(TOTAL))
    page.get_by_role("button", name="Generate").click()
    page.wait_for_url("**/users/")
    page = visitor.open("/jobs/")
    page.get_by_role("link", name="Generate 100,000 random users").click()
    begun = 35_000 if film.name else 10_000  # so early that there is time enough before the end
    watch(page, film, made_is(begun))
    button = page.get_by_role("button", name="Pull the plug")
    button.hover()
    film.take(page, hold=0.8)
    button.click()
    told = page.locator(".toast-desk")
    expect(told).to_contain_text("killed. Watch another one continue the job.")
    killed = int(re.search(r"Process (\d+) killed", told.inner_text())[1])  # type: ignore[index]
    page.locator("[data-close]").first.click()
    watch(page, film, "document.querySelector('.story').textContent.includes('Worker lost')")
    film.take(page, hold=1.5)
    assert killed not in desk.processes()
    watch(page, film, "!document.querySelector('[data-live]')")
    film.save()

    story = page.locator(".story")
    expect(story).to_contain_text("You pulled the plug")
    lost_at = re.search(r"Worker lost at ([\d,]+)", story.inner_text())
    assert lost_at, story.inner_text()
    assert begun <= int(lost_at[1].replace(",", "")) < TOTAL
    expect(story).to_contain_text("100,000 made, none of them twice.")
    assert number(page) == TOTAL
    page.locator("details.how > summary").click()
    expect(page.locator(".station-yours")).to_contain_text("yours is here")
    assert not visitor.wrong

    with closing(sqlite3.connect(f"file:{desk.var_dir}/desk.sqlite3?mode=ro", uri=True)) as database:
        counts = "SELECT COUNT(*), COUNT(DISTINCT username_key), COUNT(DISTINCT email_key) FROM accounts_user"
        assert database.execute(f"{counts} WHERE is_random").fetchone() == (TOTAL,) * 3
        row = "SELECT state, done, claims, tally, history FROM jobs_job WHERE kind = 'accounts.generate'"
        [(state, done, claims, tally, history)] = database.execute(row).fetchall()
    assert (state, done, json.loads(tally)) == ("succeeded", TOTAL, {"made": TOTAL})
    assert claims >= 2
    assert [event["what"] for event in json.loads(history) if event["what"] != "taken over"] == ["plug", "worker lost"]
