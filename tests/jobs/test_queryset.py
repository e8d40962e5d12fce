"""`Job.objects.seen_by(user).for_list().active().due()`: what each of them narrows, and what a list loads."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from task.jobs.engine.clock import Now
from task.jobs.models import Job, State

pytestmark = pytest.mark.django_db


def job(title: str = "x", **columns: Any) -> Job:
    return Job.objects.create(**{"kind": "workbench.empty", "title": title, **columns})


def titles(jobs: Any) -> set[str]:
    return {each.title for each in jobs}


def test_staff_see_all_others_their_own_and_a_visitor_none(alice, bob, charlie):
    job("alice", owner=alice)
    job("bob", owner=bob)
    job("desk")
    assert titles(Job.objects.seen_by(charlie)) == {"alice", "bob", "desk"}
    assert titles(Job.objects.seen_by(alice)) == titles(Job.objects.owned_by(alice)) == {"alice"}
    assert titles(Job.objects.owned_by(charlie)) == set()
    assert not Job.objects.seen_by(AnonymousUser())
    assert not Job.objects.owned_by(AnonymousUser())


def test_due_is_what_waits_for_a_worker_alone():
    job("waits")
    job("its time has come", run_after=Now() - timedelta(seconds=1))
    job("pauses", run_after=Now() + timedelta(minutes=1))
    for state in (State.RUNNING, State.SUCCEEDED, State.FAILED, State.CANCELLED):
        job(state, state=state)
    assert titles(Job.objects.due()) == titles(Job.objects.active().due()) == {"waits", "its time has come"}
    assert titles(Job.objects.queued()) == {"waits", "its time has come", "pauses"}
    assert titles(Job.objects.running()) == {"running"}
    assert titles(Job.objects.active()) == {"waits", "its time has come", "pauses", "running"}
    assert titles(Job.objects.ended_badly()) == {"failed", "cancelled"}


def test_what_was_dismissed_needs_no_attention():
    job("failed", state=State.FAILED)
    job("dismissed", state=State.FAILED, dismissed_at=Now())
    job("cancelled", state=State.CANCELLED)
    assert titles(Job.objects.need_attention()) == {"failed"}
    assert titles(Job.objects.failed()) == {"failed", "dismissed"}


def test_a_list_loads_the_owner_and_neither_a_hash_nor_what_is_wide(alice, django_assert_num_queries):
    job(owner=alice)
    job()
    with django_assert_num_queries(1):
        listed = list(Job.objects.seen_by(alice).for_list().active().due().of_kinds(["workbench.empty"]))
        assert [str(each.owner) for each in listed] == ["alice"]
    assert {"arguments", "cursor", "traceback", "runner", "request_id"} == listed[0].get_deferred_fields()
    assert listed[0].owner.get_deferred_fields() == {"password"}
    assert len(Job.objects.for_list()) == 2


def test_the_newest_come_first_and_the_clock_is_the_databases():
    first, second = job("first"), job("second", created=Now() + timedelta(minutes=1))
    assert list(Job.objects.newest_first()) == [second, first]
    now = Job.objects.filter(pk=first.pk).now()
    assert now >= Job.objects.get(pk=first.pk).created
    assert now <= Job.objects.newest_first().now()
    with pytest.raises(Job.DoesNotExist):
        Job.objects.none().now()
