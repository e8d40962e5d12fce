"""What a page says of a job's speed and duration is of this attempt, not of the days since somebody gave up on it."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F

from task.jobs.conf import conf
from task.jobs.engine import transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.transitions import cancel, claim, retry
from task.jobs.models import Job, State
from task.jobs.pages.status import status_of
from task.jobs.testing import execute_all
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = ("created", "started", "attempted_at", "finished")


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def changed(job: Job, **columns: object) -> Job:
    Job.objects.filter(pk=job.pk).update(**columns)
    return fresh(job)


def a_day_ago(job: Job) -> Job:
    """As if all that it knows had happened a day before."""
    columns = [name for name in TIMES if hasattr(job, name)]
    return changed(job, **{name: F(name) - timedelta(days=1) for name in columns})


def speed(job: Job) -> str:
    """As the job's page tells it."""
    row = Job.objects.annotate(now=Now()).get(pk=job.pk)
    return status_of(row, row.now).detail


def failed_yesterday(done: int = 400) -> Job:
    """A job of 1,000 of which an attempt a day ago did 400."""
    job = tasks.make_things.delay(total=1000)
    claim(job.pk)
    changed(job, done=done, cursor=done, total=1000, state=State.FAILED, finished=Now(), lease_until=None)
    return a_day_ago(job)


def test_the_speed_of_a_retried_job_is_that_of_this_attempt():
    job = failed_yesterday()
    retry(job)
    claim(job.pk)
    changed(
        job,
        attempted_at=Now() - timedelta(seconds=10),
        done=600,
        lease_until=Now() + timedelta(seconds=conf.LEASE_SECONDS),
    )
    assert speed(fresh(job)) == "20 a second, about 20 s left"  # 200 in 10 s, 400 are left


def test_before_its_first_step_a_retried_job_has_no_speed():
    job = failed_yesterday()
    retry(job)
    claim(job.pk)
    assert speed(fresh(job)) == ""


def test_a_retried_job_took_as_long_as_this_attempt(client, alice):
    job = changed(failed_yesterday(done=0), owner=alice, total=None)
    assert fresh(job).duration < timedelta(hours=1)
    retry(job)
    assert fresh(job).duration is None
    execute_all()
    job = fresh(job)
    assert job.state == State.SUCCEEDED
    assert job.finished - job.started > timedelta(hours=23)
    assert job.duration < timedelta(hours=1)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert "1 day" not in client.get(job.get_absolute_url()).content.decode().partition("What happened")[0]


def test_a_retry_that_was_cancelled_before_it_began_took_no_time():
    job = failed_yesterday()
    retry(job)
    cancel(job)
    assert (fresh(job).state, fresh(job).duration) == ("cancelled", None)


def test_a_fault_a_hand_over_and_a_lost_worker_begin_no_attempt_anew():
    job = tasks.make_things.delay(total=1000)
    first = claim(job.pk).attempted_at
    assert first == fresh(job).started
    assert transitions.yield_turn(fresh(job))
    assert claim(job.pk).attempted_at == first
    changed(job, lease_until=Now() - timedelta(seconds=1))
    again = claim(job.pk)
    assert (again.claims, again.attempted_at) == (3, first)


def test_where_the_retry_fell_out_of_the_history_no_speed_is_made_up():
    job = failed_yesterday()
    retry(job)
    claim(job.pk)
    changed(
        job,
        attempted_at=Now() - timedelta(seconds=10),
        done=600,
        lease_until=Now() + timedelta(seconds=conf.LEASE_SECONDS),
        history=[],
    )
    assert speed(fresh(job)) == ""


def test_old_rows_under_way_count_from_their_start():
    running, ended = tasks.do_nothing.delay(), failed_yesterday()
    claim(running.pk)
    Job.objects.update(attempted_at=None)
    migration = importlib.import_module("task.jobs.migrations.0003_names")
    with connection.schema_editor() as editor:
        migration.begin_where_it_started(apps, editor)
    assert fresh(running).attempted_at == fresh(running).started
    assert fresh(ended).attempted_at is None
    assert fresh(ended).duration == ended.duration
