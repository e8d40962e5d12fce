"""What is wrong with a declared schedule is said at the start, not at night when it should have run."""

import json
from collections import Counter
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from task.jobs import Schedule, kinds
from task.schedules.declared import FIELDS, declared
from task.schedules.timetable import problem_of


@register()
def check_schedules(**_: Any) -> list[CheckMessage]:
    found = list(declared())
    return [
        *(problem for each in found for problem in _problems(each)),
        *_doubles("key", [each.key for each in found], "schedules.E003"),
        *_doubles("name", [each.name for each in found], "schedules.E004"),
    ]


def _problems(each: Schedule) -> list[CheckMessage]:
    if each.kind not in kinds() and each.kind not in current_app.tasks:
        hint = f"One of {', '.join(sorted(kinds()))}, or the name of a task of Celery's."
        return [Error(f"The schedule “{each.name}” is of the unknown kind “{each.kind}”.", hint, id="schedules.E001")]
    try:
        problem = problem_of(_row(each))
    except (TypeError, ValueError) as fault:
        problem = f"Its arguments are not JSON: {fault}."
    return [Error(f"The schedule “{each.name}” can't run. {problem}", id="schedules.E002")] if problem else []


def _row(each: Schedule) -> PeriodicTask:
    """As migrate would make it, but not saved."""
    times: dict[str, Any] = {"interval": IntervalSchedule(every=each.every, period=IntervalSchedule.SECONDS)}
    if each.cron:
        fields = dict(zip(FIELDS, each.cron.split(), strict=True))
        times = {"crontab": CrontabSchedule(**fields, timezone=settings.TIME_ZONE)}
    return PeriodicTask(name=each.name, task=each.kind, kwargs=json.dumps(each.arguments), **times)


def _doubles(what: str, words: list[str], number: str) -> list[CheckMessage]:
    twice = [word for word, count in Counter(words).items() if count > 1]
    return [Error(f"Two schedules have the {what} “{word}”.", "Give each its own.", id=number) for word in twice]
