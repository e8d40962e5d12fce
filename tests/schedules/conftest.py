"""Staff, a member, and schedules of the tests' own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from task.jobs.models import Job


@pytest.fixture
def sam(db: None) -> Any:
    return get_user_model().objects.create_superuser("sam", "sam@example.org", "pw")


@pytest.fixture
def staff(sam: Any) -> Client:
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def member(bob: Any) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def schedule(db: None) -> Callable[..., PeriodicTask]:
    """A schedule of the kind `schedules.tick`: each hour, or every so many seconds. All others are gone."""
    PeriodicTask.objects.all().delete()

    def make(name: str = "Often", every: int | None = None, **columns: Any) -> PeriodicTask:
        if every:
            columns["interval"] = IntervalSchedule.objects.create(every=every, period="seconds")
        elif not {"crontab", "clocked", "solar"} & set(columns):
            columns["crontab"] = CrontabSchedule.objects.create(minute="0", timezone="UTC")
        return PeriodicTask.objects.create(**{"name": name, "task": "schedules.tick", **columns})

    return make


@pytest.fixture
def ticks(db: None) -> Callable[[], list[Job]]:
    return lambda: list(Job.objects.filter(kind="schedules.tick").order_by("unique_key"))
