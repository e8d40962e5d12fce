"""What staff read on the home page about the desk's own work."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from task.jobs.models import Job

pytestmark = pytest.mark.django_db
HEAD = "The desk’s own work"


def job(hours_ago, **columns):
    at = timezone.now() - timedelta(hours=hours_ago)
    own = {"kind": "schedules.retention", "title": "Clear up", "state": "failed", "error": "The disk is full."}
    return Job.objects.create(**{**own, "created": at, "started": at, "finished": at, **columns})


def home(client):
    return " ".join(client.get("/").content.decode().split())


def test_a_quiet_night_says_nothing(staff):
    job(5, state="succeeded", error="")
    assert HEAD not in home(staff)


def test_a_failure_is_told_to_staff_alone_until_it_went_well(staff, member):
    failed = job(5)
    html = home(staff)
    assert HEAD in html
    assert "The disk is full." in html
    assert failed.get_absolute_url() in html
    assert HEAD not in home(member)
    job(4, kind="schedules.summary", state="succeeded")
    assert HEAD in home(staff), "Another kind is no answer."
    job(3, state="succeeded", error="")
    assert HEAD not in home(staff)


def test_a_failure_that_its_feature_tells_is_not_told_twice(staff, monkeypatch):
    job(5)
    assert HEAD in home(staff)
    feature = apps.get_app_config("workbench")
    monkeypatch.setattr(feature, "tells_its_failures", ["schedules.retention"], raising=False)
    assert HEAD not in home(staff)


def test_of_each_kind_the_last_failure_counts(staff):
    for hours in range(1, 9):
        job(hours, title=f"Clear up {hours}")
    html = home(staff)
    assert "Clear up 1<" in html
    assert "Clear up 2<" not in html


def test_one_that_is_left_as_it_is_asks_for_nobody(staff):
    failed = job(1)
    staff.post(f"/jobs/{failed.pk}/leave/")
    assert HEAD not in home(staff)


def test_a_failure_of_a_person_is_that_persons(staff, bob):
    job(1, owner=bob)
    assert HEAD not in home(staff)


def test_a_schedule_that_cannot_run_is_told(staff, schedule):
    schedule("Of a kind that is gone", task="gone.since_long")
    html = home(staff)
    assert HEAD in html
    assert "Of a kind that is gone" in html
    PeriodicTask.objects.update(enabled=False)
    assert HEAD not in home(staff)
