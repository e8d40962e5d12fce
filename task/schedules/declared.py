"""What the features declare in their AppConfig as `schedules`, and the rows of django-celery-beat that come of it.

A row is made once, by its name: what staff change afterwards stays. Rows that nobody declared are left alone.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")  # of a crontab, as it is written
UNITS = (  # of an interval: "every hour" reads better than "every 3600 seconds"
    (86_400, IntervalSchedule.DAYS),
    (3600, IntervalSchedule.HOURS),
    (60, IntervalSchedule.MINUTES),
    (1, IntervalSchedule.SECONDS),
)


def declared() -> Iterator[dict[str, Any]]:
    """Each with name, kind, words and cron ("0 * * * *") or every (seconds); enabled and arguments if it likes."""
    for config in apps.get_app_configs():
        yield from getattr(config, "schedules", ())


def make_rows(using: str = "default", **_: Any) -> None:
    """After each migrate: the schedules that are not there yet, in the time zone of the settings."""
    if PeriodicTask._meta.db_table not in connections[using].introspection.table_names():
        return  # this migrate was for another app, or goes back
    found = {each["name"]: each for each in declared()}
    there = PeriodicTask.objects.using(using).filter(name__in=found).values_list("name", flat=True)
    for name in found.keys() - set(there):
        with transaction.atomic(using):
            make_row(found[name], using)


def make_row(each: dict[str, Any], using: str = "default") -> PeriodicTask:
    columns = {
        "task": each["kind"],
        "kwargs": json.dumps(each.get("arguments", {})),
        "enabled": each.get("enabled", True),
        "description": each["words"],
        **times_of(each, using),
    }
    return PeriodicTask.objects.using(using).get_or_create(name=each["name"], defaults=columns)[0]


def times_of(each: dict[str, Any], using: str) -> dict[str, Any]:
    if "every" in each:
        length, period = next(unit for unit in UNITS if each["every"] % unit[0] == 0)
        values: dict[str, Any] = {"every": each["every"] // length, "period": period}
        return {"interval": first_or_new(IntervalSchedule, values, using)}
    values = dict(zip(FIELDS, each["cron"].split(), strict=True))
    return {"crontab": first_or_new(CrontabSchedule, values | {"timezone": settings.TIME_ZONE}, using)}


def first_or_new(model: Any, values: dict[str, Any], using: str) -> Any:
    """Nothing keeps such rows from being there twice."""
    rows = model.objects.using(using)
    return rows.filter(**values).order_by("pk").first() or rows.create(**values)
