"""Somebody of the staff runs a schedule, switches one on and off, edits one in the administration, and sees it run."""

import re
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import expect

from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.schedules.tasks import tick
from task.schedules.timetable import name_of_run
from tests.browser.conftest import Visit


def test_run_now_and_watch_it(visit: Visit) -> None:
    schedule = PeriodicTask.objects.get(name="Example: every 2 seconds")
    visitor = visit("staff")
    page = visitor.open("/")
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("link", name="Schedules").first.click()
    row = page.locator(f"#schedule-{schedule.pk}")
    expect(row).to_contain_text("not yet")
    row.get_by_role("button", name="Run now").dblclick()
    # Two clicks that are faster than the page's scripts are two requests, of which the second one is answered.
    told = re.compile("(Started|You already sent this): Tick\\.")
    expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()
    expect(row).to_contain_text("waiting")
    assert Job.objects.count() == 1, "A double click is one job."
    execute_all()
    expect(row).to_contain_text("done")  # by itself
    row.get_by_role("link", name="Tick").click()
    expect(page.get_by_text("Ticked.").first).to_be_visible()


def test_switched_on_in_the_administration_it_shows_each_run(visit: Visit) -> None:
    schedule = PeriodicTask.objects.get(name="Example: every 2 seconds")
    visitor = visit("staff")
    page = visitor.open("/schedules/")
    row = page.locator(f"#schedule-{schedule.pk}")
    expect(row.locator(".schedule-off", has_text="off")).to_be_visible()
    row.get_by_role("link", name="Edit").click()
    page.get_by_label("Enabled").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/periodictask/")
    visitor.open("/schedules/")
    expect(row.get_by_role("button", name="Switch off")).to_be_visible()
    expect(row.locator(".schedule-off", has_text="off")).to_have_count(0)
    tick.apply_async(unique_key=name_of_run(schedule.pk, timezone.now()))  # what beat does at each due time
    expect(row).to_contain_text("waiting")
    execute_all()
    expect(row).to_contain_text("done")


def test_a_schedule_is_switched_on_and_off(visit: Visit) -> None:
    schedule = PeriodicTask.objects.get(name="Example: good morning")
    page = visit("staff").open("/schedules/")
    row = page.locator(f"#schedule-{schedule.pk}")
    row.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("status").filter(has_text="is on. It runs next at 08:50 on")).to_be_visible()
    expect(row.locator("time").first).to_have_text("08:50")
    row.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status").filter(has_text="is off.")).to_be_visible()
    expect(row.get_by_role("button", name="Switch on")).to_be_visible()


def test_focus_stays_on_the_last_run_when_there_is_a_newer_one(visit: Visit) -> None:
    schedule = PeriodicTask.objects.get(name="Example: every 2 seconds")
    first = tick.apply_async(unique_key=name_of_run(schedule.pk, timezone.now()))
    page = visit("staff").open("/schedules/")
    link = page.locator(f"#schedule-{schedule.pk}").get_by_role("link", name="Tick")
    expect(link).to_have_attribute("href", first.get_absolute_url())
    link.focus()
    newer = tick.apply_async(unique_key=name_of_run(schedule.pk, timezone.now()))
    expect(link).to_have_attribute("href", newer.get_absolute_url())
    expect(link).to_be_focused()


def test_a_schedule_is_added_with_its_arguments(visit: Visit, people: dict[str, Any]) -> None:
    people["staff"].user_permissions.set(Permission.objects.filter(content_type__app_label="django_celery_beat"))
    visitor = visit("staff")
    page = visitor.open("/schedules/")
    page.get_by_role("link", name="Add a schedule").click()
    page.get_by_role("link", name="Generate random users").click()
    page.get_by_label("Name").fill("People of the morning")
    page.get_by_label("Number of users").fill("12")
    page.get_by_label("Every day at").fill("03:45")
    page.get_by_role("button", name="Add schedule").click()
    expect(page.get_by_role("status").filter(has_text="is added. It runs next at")).to_be_visible()
    row = page.get_by_role("row", name="People of the morning")
    expect(row).to_contain_text("03:45")
    row.get_by_role("button", name="Run now").click()
    execute_all()
    assert Job.objects.get(kind="accounts.generate").message == "12 random users created."
    assert visitor.wrong == []
