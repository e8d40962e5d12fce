"""A job's page leads on: what it made stands there, fills while it runs, and is a click away."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import expect

from task.accounts.models import UserBatch
from task.books.models import Author, Book
from task.jobs.models import Job
from task.orders.models import Order
from tests.browser import filling
from tests.browser.conftest import Visit


@pytest.fixture
def look_up(people: dict[str, Any]) -> Job:
    """A job of the member's that runs: of its ten books none has come yet."""
    later = timezone.now() + timedelta(hours=1)
    job = filling.job(
        people["member"], "Look up 10 books", "running", 5, kind="books.look_up", total=10, lease_until=later
    )
    for isbn, *_ in filling.BOOKS:
        Book.objects.create(isbn=isbn, job=job, scanned_by=people["member"])
    return job


def fill(job: Job, count: int) -> None:
    for number, (isbn, title, author, _) in enumerate(filling.BOOKS[:count]):
        Book.objects.filter(isbn=isbn).update(state="filled", title=title[:1000])
        Book.objects.get(isbn=isbn).authors.add(
            Author.objects.get_or_create(key=f"a{number}", defaults={"name": author[:200]})[0]
        )
    Job.objects.filter(pk=job.pk).update(done=count)


def test_the_shelf_fills_while_the_books_come_and_its_chips_narrow_it(visit: Visit, look_up: Job) -> None:
    visitor = visit(viewport={"width": 360, "height": 800})  # of ten books six stand there
    page = visitor.open(look_up.get_absolute_url())
    expect(page.locator(".big-number, .big-of").first).to_be_visible()
    expect(page.get_by_role("heading", name="Made so far")).to_have_count(0)
    fill(look_up, 2)
    expect(page.get_by_role("heading", name="Made so far")).to_be_visible()
    expect(page.locator(".shelf-made .book")).to_have_count(2)
    fill(look_up, 4)
    expect(page.locator(".shelf-made .book")).to_have_count(4)
    Book.objects.filter(state="waiting").update(state="not_found", reason="Nobody has it.")
    Job.objects.filter(pk=look_up.pk).update(state="succeeded", done=10, finished=timezone.now())
    expect(page.get_by_role("heading", name="What it made")).to_be_visible()
    expect(page.locator("[data-live]")).to_have_count(0)
    page.get_by_role("link", name="Not found 6").click()
    expect(page.locator(".shelf-made .book")).to_have_count(6)
    expect(page.locator(".made-filter [aria-current]")).to_have_text("Not found 6")
    page.get_by_role("link", name="All 10").click()
    page.get_by_role("link", name="Show all 10").click()
    expect(page.locator(".book")).to_have_count(10)
    page.locator(".book a").first.click()
    page.locator("#jobs-of").get_by_role("link", name=look_up.title).click()
    expect(page).to_have_url(f"{visitor.address}{look_up.get_absolute_url()}")
    assert visitor.wrong == []


def test_from_a_batch_of_users_to_all_of_them_and_back(visit: Visit, people: dict[str, Any]) -> None:
    filling.random_users(people["member"])
    job = UserBatch.objects.get().job
    assert job
    visitor = visit()
    page = visitor.open(job.get_absolute_url())
    expect(page.locator(".people li")).to_have_count(5)
    page.get_by_role("link", name="All 30 users").click()
    expect(page.locator(".desk-table tbody tr")).to_have_count(25)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Batch")
    page.locator("#jobs-of").get_by_role("link", name=job.title).click()
    expect(page.locator(".people li")).to_have_count(5)
    assert get_user_model().objects.filter(is_random=True).count() == 30
    assert visitor.wrong == []


def test_from_a_report_to_its_job_and_back_to_its_file(visit: Visit, people: dict[str, Any]) -> None:
    from tests.reports.pages import POINTS, report

    made = report(people["member"], "done", "succeeded", rows=60, size=8_004, points=POINTS)
    visitor = visit()
    page = visitor.open(made.get_absolute_url())
    page.locator("#jobs-of a").first.click()
    expect(page.get_by_role("link", name="Download CSV")).to_be_visible()
    page.get_by_role("link", name="Open report").click()
    expect(page).to_have_url(f"{visitor.address}{made.get_absolute_url()}")
    assert visitor.wrong == []


@pytest.fixture
def order(people: dict[str, Any]) -> Order:
    from tests.orders.conftest import make_book, order_of

    return order_of(people["member"], make_book())


def test_from_the_job_of_an_order_to_the_order_and_back(visit: Visit, order: Order) -> None:
    visitor = visit()
    assert order.job
    page = visitor.open(order.job.get_absolute_url())
    page.locator("#job-outcome").get_by_role("link", name="1984").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {order.number}")
    page.locator("#jobs-of").get_by_role("link", name=order.job.title).click()
    expect(page).to_have_url(f"{visitor.address}{order.job.get_absolute_url()}")
    assert visitor.wrong == []


@pytest.mark.parametrize("script", [True, False])
def test_an_ended_job_is_run_again_from_its_form_changed(visit: Visit, people: dict[str, Any], script: bool) -> None:
    ended = filling.job(people["member"], "Generate 70 random users", "succeeded", 60, arguments={"total": 70}, took=1)
    visitor = visit(java_script_enabled=script)
    page = visitor.open(ended.get_absolute_url())
    page.get_by_role("link", name="Run again").click()
    expect(page.locator("[name=total]")).to_have_value("70")
    page.locator("[name=total]").fill("60")
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/users/**")
    assert sorted(job.arguments["total"] for job in Job.objects.all()) == [60, 70]
    assert visitor.wrong == []


def test_run_again_comes_with_the_end_of_the_job(visit: Visit, look_up: Job) -> None:
    page = visit().open(look_up.get_absolute_url())
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_role("link", name="Run again")).to_have_count(0)
    fill(look_up, 10)
    Job.objects.filter(pk=look_up.pk).update(state="succeeded", finished=timezone.now())
    page.get_by_role("link", name="Run again").click()
    expect(page.locator("[name=isbns]")).to_have_value(re.compile(r"\s+".join(isbn for isbn, *_ in filling.BOOKS)))


def test_a_page_that_cannot_update_itself_says_so_and_offers_to_reload(visit: Visit, look_up: Job) -> None:
    page = visit(java_script_enabled=False).open(look_up.get_absolute_url())
    expect(page.get_by_text("live", exact=True)).to_be_hidden()
    expect(page.locator(".no-script")).to_contain_text("does not update by itself")
    fill(look_up, 3)
    page.get_by_role("link", name="Reload").click()
    expect(page.locator(".shelf-made .book")).to_have_count(3)
    page.get_by_role("link", name=filling.BOOKS[0][1]).click()
    expect(page.locator("#jobs-of")).to_contain_text(look_up.title)


@pytest.mark.parametrize("where", ["home", "jobs", "job", "books", "orders", "order"])
def test_every_live_page_tells_who_has_no_script(visit: Visit, look_up: Job, order: Order, where: str) -> None:
    addresses = {
        "home": "/", "jobs": "/jobs/", "job": look_up.get_absolute_url(), "books": "/books/", "orders": "/orders/",
        "order": order.get_absolute_url(),
    }  # fmt: skip
    path = addresses[where]
    page = visit(java_script_enabled=False).open(path)
    expect(page.get_by_role("link", name="Reload")).to_be_visible()
    with_script = visit().open(path)
    expect(with_script.locator("[data-live]").first).to_be_attached()
    expect(with_script.get_by_role("link", name="Reload")).to_have_count(0)
    with_script.wait_for_function("document.querySelector('[data-live][hx-get]')")
    expect(with_script.locator(".no-script")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_a_member_cancels_an_own_order(visit: Visit, order: Order, script: bool) -> None:
    visitor = visit(java_script_enabled=script)
    page = visitor.open(order.get_absolute_url())
    if script:
        page.get_by_role("button", name="Cancel order").click()
        expect(page.get_by_role("button", name="Keep order")).to_be_focused()
        page.get_by_role("dialog").get_by_role("button", name="Cancel order").click()
    else:
        page.get_by_label("Sure").check()
        page.get_by_role("button", name="Cancel order").click()
    expect(page.locator(".book-state")).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Cancel order")).to_have_count(0)
    assert Book.objects.get().copies == 3


def test_a_members_order_page_follows_what_the_staff_do(visit: Visit, order: Order, people: dict[str, Any]) -> None:
    from task.orders import stock

    visitor = visit()
    page = visitor.open(order.get_absolute_url())
    expect(page.get_by_role("button", name="Cancel order")).to_be_visible()
    stock.fulfil(order, people["staff"])
    expect(page.locator(".book-state")).to_contain_text("fulfilled")
    expect(page.get_by_text("This order can no longer be cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel order")).to_have_count(0)
    assert visitor.wrong == []
