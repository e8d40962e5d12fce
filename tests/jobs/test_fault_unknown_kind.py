"""A message that comes to a worker that does not know the kind is passed on: soon, and not a thousand times."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from celery import signals
from django.db.models import DateTimeField, Value
from django_celery_results.models import TaskResult

from task.jobs.engine import maintenance
from task.jobs.engine.broker import BOUNCES
from task.jobs.engine.clock import Now
from task.jobs.engine.maintenance import MAX_BOUNCES
from task.jobs.engine.registry import KINDS
from task.jobs.models import Job, State
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "workbench.empty"


@pytest.fixture
def knows(monkeypatch):
    """A worker that knows the kind, ready for a pass."""
    return maintenance.Maintenance("knows:1")


@pytest.fixture
def ignorant(monkeypatch):
    """A worker of another version: messages under names that it does not know reach it as Celery tells them."""
    without_it = maintenance.Maintenance("ignorant:1")
    monkeypatch.setattr(maintenance, "_maintenance", without_it)
    return without_it


@pytest.fixture
def pass_time(monkeypatch):
    clock = [Job.objects.values_list(Now(), flat=True).first()]

    def go_on(seconds: float) -> None:
        clock[0] = (clock[0] or Job.objects.values_list(Now(), flat=True).first()) + timedelta(seconds=seconds)

    monkeypatch.setattr(maintenance, "Now", lambda: Value(clock[0], DateTimeField()) if clock[0] else Now())
    return go_on


def swallow(job_id: object, bounces: object = MAX_BOUNCES) -> None:
    """What Celery does with a message of an unregistered task."""
    TaskResult.objects.update_or_create(task_id=str(job_id), defaults={"status": "FAILURE"})
    message = SimpleNamespace(headers={"id": str(job_id), BOUNCES: bounces})
    signals.task_unknown.send(sender=None, message=message, exc=KeyError(NAME), name=NAME, id=str(job_id))


@pytest.fixture
def passed_on(monkeypatch):
    """What was passed on at once, as (job's id, bounces)."""
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(maintenance, "notify", lambda kind, key, bounces: told.append((str(key), bounces)) or True)
    return told


def test_a_swallowed_notification_is_passed_on_at_once_and_counts_its_bounces(passed_on, ignorant, pass_time):
    job = tasks.do_nothing.delay()
    Job.objects.update(notifications=4)
    swallow(job.pk, None)  # a message that nobody had before has no such header
    pass_without_the_kind(ignorant)
    assert passed_on == [(str(job.pk), 1)]
    assert Job.objects.get(pk=job.pk).notifications == 0, (
        "If it is lost again, it is sent in ten seconds, not in an hour."
    )
    swallow(job.pk, 1)
    pass_without_the_kind(ignorant)
    assert passed_on[1:] == [(str(job.pk), 2)]


def test_two_workers_that_do_not_know_it_bounce_it_ten_times(passed_on, ignorant):
    job = tasks.do_nothing.delay()
    swallow(job.pk, 0)
    for _ in range(100):
        before = len(passed_on)
        pass_without_the_kind(ignorant)
        for job_id, bounces in passed_on[before:]:
            swallow(job_id, bounces)
    assert len(passed_on) == MAX_BOUNCES


def test_a_broker_that_is_away_makes_the_row_due(notifications, knows, ignorant, pass_time, monkeypatch):
    job = tasks.do_nothing.delay()
    notifications.clear()
    Job.objects.update(notifications=4)
    swallow(job.pk, 0)
    with monkeypatch.context() as away:
        away.setattr(maintenance, "notify", lambda kind, key, bounces: False)
        pass_without_the_kind(ignorant)
    pass_time(1)
    assert maintenance.notify_waiting(maintenance.overdue()) == (1, True)
    assert notifications == [str(job.pk)]


def pass_without_the_kind(without_it: maintenance.Maintenance) -> None:
    kind = KINDS.pop(NAME)
    try:
        without_it.one_pass()
    finally:
        KINDS[NAME] = kind


@pytest.mark.parametrize("notifications_before", [0, 2, 3, 4])
def test_a_swallowed_notification_is_sent_again_by_those_who_know_the_kind_at_their_next_pass(
    notifications, knows, ignorant, pass_time, notifications_before
):
    job = tasks.do_nothing.delay()
    knows.one_pass()
    notifications.clear()
    Job.objects.update(notifications=notifications_before)
    pass_time(1)
    swallow(job.pk)
    pass_without_the_kind(ignorant)
    assert notifications == []
    pass_time(1)
    knows.one_pass()
    assert notifications == [str(job.pk)]
    assert not TaskResult.objects.exists(), "Celery's note of a failure is wrong: the job waits."


def test_a_notification_that_is_swallowed_each_time_comes_once_a_pass_at_most(
    notifications, knows, ignorant, pass_time
):
    tasks.do_nothing.delay()
    knows.one_pass()
    passed = 0
    for _ in range(120):  # ten minutes
        while passed < len(notifications):
            swallow(notifications[passed])
            passed += 1
        pass_without_the_kind(ignorant)
        before = len(notifications)
        pass_time(5)
        knows.one_pass()
        knows.one_pass()
        assert len(notifications) - before <= 1
    assert passed <= 120


def test_where_nobody_knows_the_kind_nobody_notifies(notifications, ignorant, pass_time):
    job = tasks.do_nothing.delay()
    notifications.clear()
    swallow(job.pk)
    for _ in range(10):
        pass_without_the_kind(ignorant)
        pass_time(5)
    assert notifications == []
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.notifications) == (State.QUEUED, 0)


def test_what_is_no_job_or_waits_no_more_is_left_alone(knows, ignorant):
    done, others = tasks.do_nothing.delay(), str(uuid4())
    Job.objects.filter(pk=done.pk).update(state=State.SUCCEEDED)
    before = Job.objects.get(pk=done.pk).notified_at
    for each in (done.pk, others, "no uuid", None):
        swallow(each)
    pass_without_the_kind(ignorant)
    assert Job.objects.get(pk=done.pk).notified_at == before
    assert TaskResult.objects.count() == 4, "An ordinary task's failure stays, and what Celery noted of one that ended."


def test_what_came_to_a_worker_that_knows_the_kind_by_now_is_left_alone(notifications, knows, ignorant):
    job = tasks.do_nothing.delay()
    before = Job.objects.get(pk=job.pk).notified_at
    swallow(job.pk)
    ignorant.one_pass()
    assert Job.objects.get(pk=job.pk).notified_at == before
