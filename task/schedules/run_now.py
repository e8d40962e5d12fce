"""A schedule's job now, with the schedule's arguments, for whoever asks."""

import re
from datetime import UTC, datetime

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django_celery_beat.models import PeriodicTask

from task.jobs import kinds
from task.jobs.models import Job
from task.jobs.pages.form_view import SAVED_BUT_NOT_NOTIFIED
from task.schedules.rows import new_token, timetable

TOKEN = re.compile(r"(\d{13})(by[0-9a-f]{16})", re.ASCII)


def run_now(request: HttpRequest, schedule: PeriodicTask, token: str = "") -> None:
    """Submit it and say so. The same token again is the same job: a double click."""
    if problem := timetable().problem_of(schedule):
        messages.error(request, f"“{schedule.name}” can't run. {problem}")
        return
    if schedule.task not in kinds():
        messages.error(request, f"“{schedule.name}” is a task of Celery’s own: only beat can send it.")
        return
    task, arguments = kinds()[schedule.task].task, timetable().arguments_of(schedule)
    name = unique_key_of(schedule, token)
    try:
        with transaction.atomic():
            job = task.apply_async(kwargs=arguments, owner=request.user, unique_key=name)
    except IntegrityError:
        job = Job.objects.only("title").get(unique_key=name)
        words = "You already sent this: <a href='{}'>{}</a>. Press the button again if you want it twice."
        messages.info(request, format_html(words, job.get_absolute_url(), job.title))
        return
    messages.success(request, format_html("Started: <a href='{}'>{}</a>.", job.get_absolute_url(), job.title))
    if job.notified is False:
        messages.warning(request, SAVED_BUT_NOT_NOTIFIED)


def unique_key_of(schedule: PeriodicTask, token: str) -> str:
    """Among the names of the schedule's runs: with the time at which its page was opened, and by whom at random."""
    found = TOKEN.fullmatch(token) or TOKEN.fullmatch(new_token())
    assert found
    opened = datetime.fromtimestamp(int(found[1]) / 1000, UTC)
    name: str = timetable().name_of_run(schedule.pk, opened, found[2])
    return name
