"""What the features declare in their AppConfig as `schedules`, and the rows of django-celery-beat that come of it.

A row is made once, by its key: what staff change afterwards stays. Rows that nobody declared are left alone.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from task.jobs import Kind, Schedule, kinds
from task.schedules.models import Declaration

FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")  # of a crontab, as it is written
UNITS = (  # of an interval: "every hour" reads better than "every 3600 seconds"
    (86_400, IntervalSchedule.DAYS),
    (3600, IntervalSchedule.HOURS),
    (60, IntervalSchedule.MINUTES),
    (1, IntervalSchedule.SECONDS),
)


def declared() -> Iterator[Schedule]:
    for config in apps.get_app_configs():
        yield from getattr(config, "schedules", ())


def schedulable() -> dict[str, Kind]:
    """The kinds that need no person: what is declared as such, and what an app has a schedule for."""
    scheduled = {each.kind for each in declared()}
    return {name: kind for name, kind in kinds().items() if kind.schedulable or name in scheduled}


def make_rows(using: str = "default", **_: Any) -> None:
    """After each migrate: the schedules that are not there yet, in the time zone of the settings."""
    if not {PeriodicTask._meta.db_table, Declaration._meta.db_table} <= {
        *connections[using].introspection.table_names()
    }:
        return  # this migrate was for another app, or goes back
    there = {row.key: row for row in Declaration.objects.using(using).select_related("schedule")}
    for each in declared():
        known = there.get(each.key)
        if known is None or (known.name, known.words) != (each.name, each.words):
            with transaction.atomic(using):
                reword(known or make_row(each, using), each, using)


def make_row(each: Schedule, using: str = "default") -> Declaration:
    """A row of that name, or of a former one, is the one that a desk had before it knew keys."""
    rows = PeriodicTask.objects.using(using)
    there = rows.filter(name__in=(each.name, *each.formerly)).order_by("pk").first()
    row = there or rows.create(
        name=each.name,
        task=each.kind,
        kwargs=json.dumps(each.arguments),
        enabled=each.enabled,
        description=each.words,
        **times_of(each, using),
    )
    known = {"schedule": row, "name": row.name, "words": each.words}
    return Declaration.objects.using(using).create(key=each.key, **known)


def reword(known: Declaration, each: Schedule, using: str = "default") -> None:
    """New words where the old ones still stand: what staff wrote stays. No run to come is moved by it."""
    row, others = known.schedule, PeriodicTask.objects.using(using).exclude(pk=known.schedule_id)
    changed = {}
    if row.name == known.name and not others.filter(name=each.name).exists():
        changed["name"] = each.name
    if row.description == known.words:
        changed["description"] = each.words
    if changed:
        PeriodicTask.objects.using(using).filter(pk=row.pk).update(**changed)
    Declaration.objects.using(using).filter(pk=known.pk).update(name=each.name, words=each.words)


def times_of(each: Schedule, using: str) -> dict[str, Any]:
    if each.every:
        length, period = next(unit for unit in UNITS if each.every % unit[0] == 0)
        values: dict[str, Any] = {"every": each.every // length, "period": period}
        return {"interval": first_or_new(IntervalSchedule, values, using)}
    values = dict(zip(FIELDS, each.cron.split(), strict=True))
    return {"crontab": first_or_new(CrontabSchedule, values | {"timezone": settings.TIME_ZONE}, using)}


def first_or_new(model: Any, values: dict[str, Any], using: str) -> Any:
    """Nothing keeps such rows from being there twice."""
    rows = model.objects.using(using)
    return rows.filter(**values).order_by("pk").first() or rows.create(**values)
