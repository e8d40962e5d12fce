"""Times are the reader's: of the browser's zone, or of the one in the profile; also in what is swapped in."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from task.jobs.models import Job
from tests.browser import filling
from tests.browser.conftest import Visit
from tests.reading import read

EVENING = datetime(2024, 2, 3, 22, 30, 5, tzinfo=UTC)  # the next day's morning in Tokyo
TOKYO = {"timezone_id": "Asia/Tokyo"}
SHOWN = re.compile(r"<time [^>]*data-shape[^>]*>.*?</time>|<tr class=\"day\">.*?</tr>")


def since(moment: datetime) -> float:
    """Seconds."""
    return (timezone.now() - moment).total_seconds()


@pytest.fixture
def job(people: dict[str, Any]) -> Job:
    made = filling.job(people["member"], "Make 3 users", "running", since(EVENING))
    Job.objects.filter(pk=made.pk).update(created=EVENING)
    return made


def test_the_first_page_is_written_anew_and_the_next_comes_right(visit: Visit, job: Job) -> None:
    visitor = visit(**TOKYO)
    page = visitor.open(job.get_absolute_url())
    assert "22:30:05" in read(visitor.text)
    time = page.locator(".story time").first
    expect(time).to_have_text("07:30:05")
    expect(time).to_have_attribute("title", "Sunday 4 February 2024, 07:30:05")
    expect(page.locator("#times-zone")).to_be_hidden()
    visitor.open(job.get_absolute_url())
    assert "07:30:05" in read(visitor.text)
    expect(time).to_have_text("07:30:05")
    assert not visitor.wrong


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "UTC"])
def test_script_and_server_have_the_same_words(visit: Visit, people: dict[str, Any], zone: str) -> None:
    filling.jobs(people["staff"])
    for hours in (1.5, 3, 20, 30, 50, 24 * 100, 24 * 500):
        filling.job(people["staff"], "Make 3 users", "succeeded", hours * 3_600, took=1)
    visitor = visit("staff", timezone_id=zone)
    visitor.open("/")
    for path in (
        "/jobs/",
        "/jobs/?sort=oldest",
        "/jobs/?q=make",
        "/jobs/?state=running",
        "/style/",
        "/schedules/",
        "/",
    ):
        page = visitor.open(path)
        sent = [read(shown) for shown in SHOWN.findall(visitor.text)]
        there = page.locator("time[data-shape], tr.day").all_text_contents()
        # The seconds that pass between the two are no other words.
        moving = re.compile(r"^(just now|now|\d+ s ago|in .*)$")
        pairs = [(a, b) for a, b in zip(sent, there, strict=True) if not moving.match(a)]
        assert [a for a, _ in pairs] == [b for _, b in pairs], path
    assert not visitor.wrong


def test_rows_stand_under_the_days_of_the_reader(visit: Visit, people: dict[str, Any]) -> None:
    for hour in (14, 16):  # one day in UTC, two in Tokyo
        at = datetime(2024, 2, 3, hour, tzinfo=UTC)
        filling.job(people["member"], f"Make {hour} users", "succeeded", since(at), took=1)
    visitor = visit(**TOKYO)
    page = visitor.open("/jobs/")
    assert visitor.text.count('<tr class="day">') == 1
    rows = page.locator("tbody tr")
    expect(rows).to_contain_text(["4 February 2024", "Make 16 users", "3 February 2024", "Make 14 users"])


def test_what_is_swapped_in_is_in_the_zone_of_the_reader_too(visit: Visit, job: Job) -> None:
    later = datetime(2031, 5, 6, 16, 47, tzinfo=UTC)
    page = visit(**TOKYO).open(job.get_absolute_url())
    page.context.clear_cookies(name="zone")  # as if the server could not know it
    Job.objects.filter(pk=job.pk).update(state="queued", message="GitHub is away.", run_after=later)
    expect(page.locator(".big")).to_contain_text("Next try at 01:47:00.")


def test_the_zone_of_the_profile_comes_before_that_of_the_browser(
    visit: Visit, job: Job, people: dict[str, Any]
) -> None:
    people["member"].time_zone = "America/New_York"
    people["member"].save()
    page = visit(**TOKYO).open(job.get_absolute_url())
    expect(page.locator(".story time").first).to_have_text("17:30:05")
    expect(page.locator("#times-zone")).to_have_text("Times are America/New_York")


def test_without_script_the_zone_is_named(visit: Visit, job: Job) -> None:
    page = visit(java_script_enabled=False, **TOKYO).open(job.get_absolute_url())
    expect(page.locator(".story time").first).to_have_text("22:30:05")
    expect(page.locator("#times-zone")).to_have_text("Times are UTC")


def test_the_greeting_goes_by_the_hour_of_the_reader(visit: Visit) -> None:
    told = set()
    for zone in ("UTC", "Etc/GMT+8", "Etc/GMT-8"):
        page = visit(timezone_id=zone).open("/")
        hour = (timezone.now() + timedelta(hours={"UTC": 0, "Etc/GMT+8": -8}.get(zone, 8))).hour
        words = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
        expect(page.locator("h1")).to_have_text(f"Good {words}, Marta")
        told.add(words)
    assert len(told) > 1


def test_a_clock_that_is_wrong_makes_no_future_of_what_has_been(visit: Visit, people: dict[str, Any]) -> None:
    filling.job(people["member"], "Make 3 users", "succeeded", 600, took=1)
    visitor = visit()
    visitor.page.add_init_script("const now = Date.now; Date.now = () => now() - 3_600_000")
    expect(visitor.open("/jobs/").locator(".cell-time time")).to_have_text("10 min ago")
