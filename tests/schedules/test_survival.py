"""Each kind of job of this feature is killed before each of its statements."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from task.accounts.words import IndexedUser
from task.jobs.models import Job
from task.jobs.testing import assert_survives
from task.schedules import tasks

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def old_job(**columns):
    ended = {"state": "succeeded", "created": LONG_AGO, "finished": LONG_AGO + timedelta(seconds=1)}
    return Job.objects.create(**{"kind": "schedules.tick", "title": "Tick", **ended, **columns})


@pytest.fixture
def staff():
    users = get_user_model().objects
    return [users.create_user(name, f"{name}@example.org", "pw", is_staff=True) for name in ("sam", "lee")]


def test_clearing_up_survives(monkeypatch):
    monkeypatch.setattr(tasks, "RETENTION_STEP", 2)
    parent = old_job()
    for _ in range(3):
        parent = old_job(parent=parent)
    assert assert_survives(tasks.remove_old_jobs) >= 20


def test_indexing_for_the_search_survives(staff, monkeypatch):
    monkeypatch.setattr("task.jobs.pages.words.A_STEP", 2)
    IndexedUser.objects.all().delete()
    for _ in range(3):
        old_job()
    assert assert_survives(tasks.index_for_search) >= 20


def test_the_summary_survives(staff):
    old_job(created=datetime.now(UTC) - timedelta(hours=1))
    assert assert_survives(tasks.summarise) >= 15


def test_the_mail_of_the_summary_survives(staff):
    span = {"since": "2019-12-31T12:00:00+00:00", "until": "2020-01-01T12:00:00+00:00"}
    old_job(state="failed", error="The disk is full.")
    assert assert_survives(tasks.send_summary, person=staff[0].pk, **span) >= 5


def test_the_examples_survive():
    assert assert_survives(tasks.tick) > 3
    assert assert_survives(tasks.say_good_morning) > 3
