"""Whose times a page shows: the profile's zone before the browser's, the browser's before the desk's."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from task.face.drawing import times
from task.jobs.models import Job
from task.kit.zones import choices, choices_of_today, offset, zone_named
from tests.reading import read

ROOT = Path(__file__).resolve().parent.parent.parent
MORNING = datetime(2024, 2, 3, 22, 30, 5, tzinfo=UTC)  # 07:30 of the next day in Tokyo
SHOWN = re.compile(r"<time [^>]*>.*?</time>")


@pytest.fixture
def job(alice):
    return Job.objects.create(kind="workbench.make", title="Make", owner=alice, created=MORNING)


def first_time(client, job) -> str:
    """Of the job's time line: when it was asked for."""
    page = client.get(job.get_absolute_url()).content.decode()
    return SHOWN.search(page[page.index('class="story"') :])[0]


def zone_named_at_the_foot(client) -> str:
    return read(re.search(r'id="times-zone">(.*?)</span>', client.get("/jobs/").content.decode())[1])


def test_a_page_has_the_zone_of_the_desk_and_names_it(member, job):
    assert read(first_time(member, job)) == "22:30:05"
    assert zone_named_at_the_foot(member) == "Times are UTC"


def test_a_page_has_the_zone_of_the_browser_where_that_is_known(member, job):
    member.cookies["zone"] = "Asia/Tokyo"
    time = first_time(member, job)
    assert read(time) == "07:30:05"
    assert 'datetime="2024-02-04T07:30:05+09:00"' in time
    assert 'title="Sunday 4 February 2024, 07:30:05"' in time
    assert zone_named_at_the_foot(member) == "Times are Asia/Tokyo"
    assert "Sunday 4 February" not in member.get("/jobs/").content.decode().partition("<time")[0]
    assert "4 February 2024</th>" in member.get("/jobs/").content.decode()


def test_the_zone_of_the_profile_comes_first(member, alice, job):
    member.cookies["zone"] = "Asia/Tokyo"
    alice.time_zone = "America/New_York"
    alice.save()
    assert read(first_time(member, job)) == "17:30:05"
    assert 'data-zone="America/New_York"' in member.get("/jobs/").content.decode()


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "x" * 5_000])
def test_a_zone_that_is_none_is_left_alone(member, job, name):
    member.cookies["zone"] = name
    assert read(first_time(member, job)) == "22:30:05"


def test_the_next_reader_begins_with_the_zone_of_the_desk(member, client):
    member.cookies["zone"] = "Asia/Tokyo"
    member.get("/jobs/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_sentence_with_a_time_in_it_lets_no_markup_through(member, job):
    Job.objects.filter(pk=job.pk).update(message="<b>Away</b>.", run_after=datetime(2031, 5, 6, 16, 47, tzinfo=UTC))
    for url in ("/", "/jobs/", job.get_absolute_url()):
        page = member.get(url).content.decode()
        assert "&lt;b&gt;Away&lt;/b&gt;. Next try at <time " in page
        assert "<b>Away" not in page


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("clock", "22:30:05"),
        ("hour", "22:30"),
        ("date", "Sat 3 Feb 2024"),
        ("moment", "3 February 2024, 22:30"),
        ("today", "Saturday 3 February"),
        ("ago", "3 Feb 2024"),
        ("row", "22:30"),
    ],
)
def test_shapes(shape, words):
    assert read(Template("{% load desk %}{% when x shape %}").render(Context({"x": MORNING, "shape": shape}))) == words


def test_a_row_says_the_day_only_where_no_heading_does():
    now = datetime(2024, 2, 3, 12, 0, tzinfo=UTC)
    spans = {timedelta(minutes=5): "5 min ago", timedelta(minutes=61): "10:59", timedelta(days=1): "12:00"}
    assert {ago: times.under_day(now - ago, now) for ago in spans} == spans
    assert times.ago(now - timedelta(days=1), now) == "yesterday 12:00"


def test_every_time_of_a_page_is_a_time_that_the_browser_can_write_anew():
    """Only emails, which no script reads, print times by themselves: and they name the zone."""
    bare = re.compile(r"\|(?:date|time):|\{% now|<time ")
    pages = [path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "emails"]
    found = {
        path.name: words
        for path in pages
        if (words := [line.strip() for line in path.read_text().splitlines() if bare.search(line)])
    }
    # The page's own moment, and a scan that no server has seen: script writes both.
    assert sorted(found) == ["base.html", "scan.html"]
    assert ["data-now=" in line for line in found["base.html"]] == [True]
    assert ['<time data-shape="hour"></time>' in line for line in found["scan.html"]] == [True]


def test_zones_to_choose_from_are_places_by_region():
    offered = dict(choices())
    assert offered[""] == "Same as my browser"
    assert ("Europe/Warsaw", "Warsaw") in offered["Europe"]
    assert "US" not in offered
    assert "Etc" not in offered
    assert zone_named("Asia/Calcutta") == ZoneInfo("Asia/Calcutta")


def test_a_form_offers_each_place_once_with_how_far_from_utc_it_is_now():
    offered = dict(choices_of_today())
    assert ("Asia/Kolkata", "Kolkata (UTC+5:30)") in offered["Asia"]
    assert "Asia/Calcutta" not in dict(offered["Asia"])
    assert ("America/Argentina/Buenos_Aires", "Buenos Aires, Argentina (UTC-3)") in offered["America"]
    places = [place for region in offered.values() if isinstance(region, list) for _, place in region]
    assert len(places) == len(set(places)) > 400
    assert "Asia/Calcutta" in dict(dict(choices_of_today("Asia/Calcutta"))["Asia"])  # who chose it keeps it


@pytest.mark.parametrize(
    ("name", "words"), [("Europe/Warsaw", "UTC+2"), ("America/St_Johns", "UTC-2:30"), ("Africa/Accra", "UTC+0")]
)
def test_how_far_a_zone_is_from_utc_depends_on_the_day(name, words):
    assert offset(name, datetime(2031, 7, 1, tzinfo=UTC)) == words


def test_an_area_is_no_zone():
    assert zone_named("Europe") is None
