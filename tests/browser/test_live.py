"""What still runs is drawn anew by itself, and stops at the end; without JavaScript the page is whole all the same."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from task.books.carts.accept import Sent, accept
from task.books.models import Author, Book
from task.jobs.models import Job
from tests.browser import filling
from tests.browser.conftest import Visit


@pytest.fixture
def running(people: dict[str, Any]) -> Job:
    later = timezone.now() + timedelta(hours=1)
    return filling.job(people["member"], "Make 1,000 users", "running", 5, done=100, total=1_000, lease_until=later)


def test_job_page_follows_the_job_and_stops_at_its_end(visit: Visit, running: Job) -> None:
    visitor = visit()
    page = visitor.open(running.get_absolute_url())
    expect(page.locator(".big-number")).to_have_text("100")
    Job.objects.filter(pk=running.pk).update(done=600, tally={"made": 600})
    expect(page.locator(".big-number")).to_have_text("600")
    expect(page.locator(".figures")).to_contain_text("600")
    Job.objects.filter(pk=running.pk).update(
        state="succeeded", done=1_000, message="1,000 made.", finished=timezone.now()
    )
    expect(page.locator(".job-state")).to_contain_text("done")
    expect(page.locator(".story")).to_contain_text("1,000 made.")
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert page.locator("h1").count() == 1
    assert not visitor.wrong


@pytest.mark.parametrize("path", ["/", "/jobs/"])
def test_lists_follow_their_jobs(visit: Visit, running: Job, path: str) -> None:
    visitor = visit()
    page = visitor.open(path)
    expect(page.locator("main")).to_contain_text("100 of 1,000")
    Job.objects.filter(pk=running.pk).update(done=700)
    expect(page.locator("main")).to_contain_text("700 of 1,000")
    assert page.locator("h1").count() == 1
    assert not visitor.wrong


def test_focus_stays_on_the_button_of_a_piece_that_is_drawn_anew(visit: Visit, running: Job) -> None:
    page = visit().open(running.get_absolute_url())
    page.get_by_role("button", name="Cancel").focus()
    Job.objects.filter(pk=running.pk).update(done=600)
    expect(page.locator(".big-number")).to_have_text("600")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/jobs/"])
def test_focus_stays_on_a_link_of_a_list_that_is_drawn_anew(visit: Visit, running: Job, path: str) -> None:
    page = visit().open(path)
    link = page.locator("main").get_by_role("link", name=running.title)
    link.focus()
    for done in (600, 700):
        Job.objects.filter(pk=running.pk).update(done=done)
        expect(page.locator("main")).to_contain_text(f"{done} of 1,000")
        expect(link).to_be_focused()


def test_focus_goes_with_its_row_when_another_comes_before_it(
    visit: Visit, running: Job, people: dict[str, Any]
) -> None:
    page = visit().open("/jobs/")
    link = page.locator("main").get_by_role("link", name=running.title)
    link.focus()
    filling.job(people["member"], "Make 60 users", "running", 1, total=60, lease_until=running.lease_until)
    expect(page.locator("main")).to_contain_text("Make 60 users")
    expect(link).to_be_focused()


def test_focus_is_nowhere_else_when_what_had_it_is_gone(visit: Visit, running: Job) -> None:
    """Not on Retry, say, in the place of Cancel: who was about to press Enter meant something else."""
    page = visit().open("/jobs/")
    page.get_by_role("button", name="Cancel").focus()
    Job.objects.filter(pk=running.pk).update(state="failed", error="It broke.", finished=timezone.now())
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).not_to_be_focused()


def test_focus_stays_in_what_is_drawn_beside_the_piece(visit: Visit, people: dict[str, Any], running: Job) -> None:
    book = Book.objects.create(isbn="9780375704024", state="waiting", scanned_by=people["member"], job=running)
    page = visit().open(book.get_absolute_url())
    link = page.get_by_role("link", name=running.title)
    link.focus()
    Book.objects.filter(pk=book.pk).update(subtitle="A novel")
    expect(page.locator("#book-facts")).to_contain_text("A novel")
    expect(link).to_be_focused()


def test_a_job_is_cancelled_after_a_question_of_which_the_safe_answer_has_the_focus(visit: Visit, running: Job) -> None:
    page = visit().open(running.get_absolute_url())
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Keep it running")).to_be_focused()
    page.keyboard.press("Escape")
    running.refresh_from_db()
    assert not running.cancel_requested
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel job").click()
    expect(page.get_by_role("status")).to_contain_text("Cancelling this job")
    running.refresh_from_db()
    assert running.cancel_requested


def test_a_piece_is_left_alone_when_the_session_has_ended(visit: Visit, running: Job) -> None:
    visitor = visit()
    page = visitor.open(running.get_absolute_url())
    page.context.clear_cookies()
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(page.locator(".big-number")).to_have_text("100")
    expect(page.get_by_role("alert")).to_contain_text("You are logged out.")


def test_a_page_says_that_the_desk_is_offline_and_goes_on_when_it_is_back(visit: Visit, running: Job) -> None:
    page = visit().open(running.get_absolute_url())
    page.route("**/live/", lambda route: route.abort())
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("The desk is offline. This page continues by itself when it is back.", timeout=15_000)
    page.unroute("**/live/")
    Job.objects.filter(pk=running.pk).update(done=900)
    expect(page.locator(".big-number")).to_have_text("900", timeout=20_000)
    expect(alert).to_have_count(0)


def test_cancelling_works_without_javascript(visit: Visit, running: Job) -> None:
    page = visit(java_script_enabled=False).open(running.get_absolute_url())
    page.get_by_role("button", name="Cancel").click()
    running.refresh_from_db()
    assert running.cancel_requested


def test_a_book_page_and_the_scan_page_follow_a_book_until_it_is_filled(visit: Visit, people: dict[str, Any]) -> None:
    name = uuid4()
    (row,) = accept(people["member"], [Sent(name, "9780375704024")]).scans[name]
    book = row.book
    assert book
    visitor = visit()
    scan = visitor.open("/books/scan/")
    expect(scan.locator("#scan-plate")).to_contain_text("Looking up")
    other = visit()
    page = other.open(book.get_absolute_url())
    expect(page.locator(".book-state")).to_contain_text("looking up")
    book.authors.add(Author.objects.create(name="Haruki Murakami", key="a"))
    Book.objects.filter(pk=book.pk).update(title="Norwegian Wood", state="filled", pages=296)
    expect(page.locator("h1")).to_have_text("Norwegian Wood")
    expect(page.locator(".book-authors")).to_have_text("Haruki Murakami")
    expect(page.locator(".facts")).to_contain_text("296")
    assert page.locator("h1").count() == page.locator("#book-facts").count() == 1
    expect(scan.locator("#scan-plate")).to_contain_text("Norwegian Wood")
    expect(scan.locator("#scan-figures")).to_contain_text("found")
    expect(scan.locator("[data-waits]")).to_have_count(0)
    expect(page.locator("[data-live]")).to_have_count(0)
    assert not visitor.wrong + other.wrong


@pytest.mark.parametrize("path", ["/", "/books/", "/books/scan/", "/jobs/", "/generate/"])
def test_pages_are_whole_without_javascript(visit: Visit, running: Job, path: str) -> None:
    page = visit(java_script_enabled=False).open(path)
    assert page.locator("h1").count() == 1
    for button in page.get_by_role("button", name="Light or dark").all():
        assert not button.is_visible()  # nothing stands there that does nothing
    expect(page.locator(".nav-places a").first).to_be_visible()
