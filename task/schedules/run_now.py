"""A schedule's job now, with the schedule's arguments, for whoever asks."""

import re
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django_celery_beat.models import PeriodicTask

from task.jobs import kinds
from task.jobs.models import Job
from task.jobs.pages.form_view import SAVED_BUT_NOT_NOTIFIED
from task.schedules.rows import name_of, new_token, timetable

TOKEN = re.compile(r"(\d{13})(by[0-9a-f]{16})", re.ASCII)


class CantRun(Exception):
    """Why this schedule has no job now: a sentence."""


def start_now(schedule: PeriodicTask, owner: Any, unique_key: str) -> Job:
    """Its job. Raises CantRun, and IntegrityError where there was one of this name."""
    if problem := timetable().problem_of(schedule):
        raise CantRun(f"“{name_of(schedule)}” can't run. {problem}")
    if schedule.task not in kinds():
        raise CantRun(f"“{name_of(schedule)}” is a task of Celery’s own: only beat can send it.")
    task, arguments = kinds()[schedule.task].task, timetable().arguments_of(schedule)
    with transaction.atomic():
        job: Job = task.apply_async(kwargs=arguments, owner=owner, unique_key=unique_key)
    return job


def run_now(request: HttpRequest, schedule: PeriodicTask, token: str = "") -> None:
    """Submit it and say so. The same token again is the same job: a double click."""
    name = unique_key_of(schedule, token)
    try:
        job = start_now(schedule, request.user, name)
    except CantRun as reason:
        messages.error(request, str(reason))
        return
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
