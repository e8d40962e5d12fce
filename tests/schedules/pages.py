"""The pages of the schedules for the tests in a browser."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from task.jobs.models import Job
from task.schedules.timetable import name_of_run
from tests.browser.entry import Entry

NO_PAGES = {"schedule_run": "takes POST only", "schedule_switch": "takes POST only"}

GENERATE = "/schedules/new/?kind=accounts.generate"


def empty() -> list[Entry]:
    return [Entry("schedules_empty", reverse("schedules_list"), "staff")]


def filled(member: Any, staff: Any) -> list[Entry]:
    hourly = CrontabSchedule.objects.create(minute="0", timezone="Europe/Berlin")
    weekdays = CrontabSchedule.objects.create(
        minute="5,35", hour="8-17/3", day_of_week="1-5", timezone="America/Argentina/ComodRivadavia"
    )
    never = CrontabSchedule.objects.create(minute="0", hour="0", day_of_month="31", month_of_year="2")
    often = IntervalSchedule.objects.create(every=2, period="seconds")
    rows = (
        ("Every hour, and failed", "schedules.tick", {"crontab": hourly}, "failed"),
        ("Every 2 seconds, and runs", "schedules.tick", {"interval": often}, "running"),
        ("Weekdays, and done", "schedules.good_morning", {"crontab": weekdays}, "succeeded"),
        ("Off, and cancelled", "schedules.tick", {"crontab": hourly, "enabled": False}, "cancelled"),
        ("Of a kind that is gone", "gone.since_long", {"crontab": hourly}, ""),
        ("Of times that never come", "schedules.tick", {"crontab": never}, ""),
        ("With wrong arguments", "schedules.tick", {"crontab": hourly, "kwargs": '{"total": 5}'}, ""),
        ("With arguments that are no JSON", "schedules.tick", {"crontab": hourly, "kwargs": "{total: 5"}, ""),
        ("<script>alert('name')</script> " + "W" * 150, "schedules.tick", {"interval": often}, ""),
        ("جدول مواعيد النسخ الاحتياطي", "schedules.tick", {"crontab": hourly, "enabled": False}, ""),
    )
    now = timezone.now()
    for number, (name, kind, columns, state) in enumerate(rows):
        words = "<b>Long</b> words of somebody. " * (1 + 8 * (number % 4 == 1))
        schedule = PeriodicTask.objects.create(name=name, task=kind, description=words, **columns)
        if state:
            ended = state not in ("queued", "running")
            Job.objects.create(
                kind=kind, title="Tick", state=state, unique_key=name_of_run(schedule.pk, now),
                created=now - timedelta(minutes=number), started=now - timedelta(minutes=number),
                finished=now if ended else None, lease_until=None if ended else now + timedelta(hours=1),
                error="The disk is full." if state == "failed" else "",
            )  # fmt: skip
    return [
        Entry("schedules", reverse("schedules_list"), "staff"),
        Entry("schedules_new", reverse("schedule_new"), "staff"),
        Entry("schedules_new_kind", GENERATE, "staff"),
        Entry("schedules_new_error", GENERATE, "staff", fill={"argument_total": "0", "cron": "30 3"}),
        Entry("schedules_home", reverse("home"), "staff"),
        Entry("schedules_member", reverse("schedules_list"), "member", 404),
    ]
