"""What staff read on the home page about the desk's own work."""

from datetime import timedelta
from itertools import count

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from task.jobs.models import Job
from task.schedules.home import failed_jobs, newest_jobs
from task.schedules.timetable import name_of_run

pytestmark = pytest.mark.django_db
HEAD = "Needs attention"
numbers = count()


def job(hours_ago, **columns):
    at = timezone.now() - timedelta(hours=hours_ago)
    own = {"kind": "schedules.retention", "title": "Clear up", "state": "failed", "error": "The disk is full."}
    name = {"unique_key": name_of_run(1, at, str(next(numbers)))}
    return Job.objects.create(**{**own, **name, "created": at, "started": at, "finished": at, **columns})


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
    monkeypatch.setattr(feature, "shows_own_failures", ["schedules.retention"], raising=False)
    assert HEAD not in home(staff)


def test_of_each_kind_the_last_failure_counts(staff):
    for hours in range(1, 9):
        job(hours, title=f"Clear up {hours}")
    html = home(staff)
    assert "Clear up 1<" in html
    assert "Clear up 2<" not in html


def test_what_no_schedule_began_is_told_each_for_itself(staff, member):
    """A later job of its kind is about something else: a shell, or a follow-up of what a shell began."""
    parent = job(9, kind="workbench.parent", state="succeeded", unique_key=None)
    failed = [job(8 - n, kind="workbench.empty", title=f"Email {n}", parent=parent, unique_key=None) for n in range(5)]
    job(1, kind="workbench.empty", title="Went well", state="succeeded", parent=parent, unique_key=None)
    html = home(staff)
    assert [n for n in range(5) if f"Email {n}<" in html] == [2, 3, 4]
    assert '<a href="/jobs/?state=failed&amp;whose=desk">2 more failed automatic jobs</a>' in html
    assert "Needs attention</h2><span>5</span>" in html
    assert "Email" not in home(member)
    for each in failed:
        staff.post(f"/jobs/{each.pk}/leave/")
    assert HEAD not in home(staff)


def test_many_failures_of_what_no_schedule_began_hide_no_other_kind(staff):
    job(9, title="Clear up")
    for n in range(120):
        job(n / 60, kind="workbench.empty", title="Email", unique_key=None)
    assert "Clear up<" in home(staff)
    assert len(failed_jobs()) == 102
    assert "All failed automatic jobs" in home(staff)


def test_many_failures_of_one_kind_hide_no_other(staff, sam):
    job(9, kind="backups.retention", title="Delete old backups")
    job(8, kind="backups.retention", title="Delete old backups", owner=sam, state="queued")
    for minutes in range(60):
        job(minutes / 60, kind="schedules.tick", title="Tick")
    for minutes in range(60):
        job(minutes / 60, kind="backups.back_up", title="Told elsewhere")
    html = home(staff)
    assert "Delete old backups" in html
    assert "Told elsewhere" not in html
    assert [each.kind for each in failed_jobs()] == ["schedules.tick", "backups.retention"]
    job(0, kind="schedules.tick", state="running")
    assert "schedules.tick" in [each.kind for each in failed_jobs()], "It has not gone well yet."


def test_its_cost_does_not_grow_with_the_jobs(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert failed_jobs() == []
    for hours in range(30):
        job(hours)
    with django_assert_num_queries(3):
        assert len(failed_jobs()) == 1
    job(0, kind="schedules.summary")
    with django_assert_num_queries(3):
        assert len(failed_jobs()) == 2


@pytest.mark.sqlite
def test_the_plan_of_the_newest(db):
    job(1)
    with CaptureQueriesContext(connection) as queries:
        newest_jobs(["schedules.summary", "schedules.tick"])
        failed_jobs()
    of_kinds, failed, *_ = [plan_of(query["sql"]) for query in queries]
    assert of_kinds.count("job_newest_of_kind (kind=?)") == 2
    assert "job_newest_own_in_state (owner_id=? AND state=?)" in failed
    for plan in (of_kinds, failed):
        assert "SCAN jobs_job" not in plan
        assert "TEMP B-TREE" not in plan


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        return "; ".join(line[3] for line in cursor.fetchall())


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
