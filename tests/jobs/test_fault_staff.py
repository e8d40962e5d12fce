"""What the jobs' pages tell when nobody can work: the truth, and what to do."""

from datetime import timedelta

import pytest
from django.urls import reverse

from task.jobs.engine import transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.errors import Fail
from task.jobs.models import Job, State, Worker
from tests.workbench import tasks

pytestmark = pytest.mark.django_db
NO_WORKER, UNKNOWN = "No worker is running", "No worker knows these jobs"


@pytest.fixture
def page(client_of, charlie):
    return lambda: client_of(charlie).get(reverse("jobs_list")).content.decode().partition('class="rows')[0]


def waiting(minutes: float, **columns) -> Job:
    return Job.objects.create(
        **{"kind": "gone.kind", "title": "Old", "notified_at": Now() - timedelta(minutes=minutes)} | columns
    )


def worker(seconds: float) -> None:
    Worker.objects.create(name="here:1", seen=Now() - timedelta(seconds=seconds))


def test_without_a_worker_it_is_not_said_that_none_knows_the_kind(page):
    waiting(minutes=30)
    assert NO_WORKER in page()
    assert UNKNOWN not in page()


def test_a_worker_that_was_killed_an_hour_ago_is_none(page):
    waiting(minutes=30)
    worker(seconds=3600)
    assert NO_WORKER in page()


def test_jobs_that_maintenance_had_notified_for_wait_for_a_worker_too(page):
    waiting(minutes=2, notifications=3, kind="workbench.empty")
    assert NO_WORKER in page()


def test_beside_a_worker_that_does_not_know_it_that_is_said(page):
    waiting(minutes=30)
    worker(seconds=3)
    assert UNKNOWN in page()
    assert NO_WORKER not in page()


def test_what_has_waited_for_a_moment_or_pauses_is_no_matter_for_staff(page):
    waiting(minutes=0.5)
    waiting(minutes=30, run_after=Now() + timedelta(hours=1))
    assert NO_WORKER not in page()
    worker(seconds=3)
    waiting(minutes=5)
    assert UNKNOWN not in page()


def test_members_are_not_told_about_workers(member, alice):
    waiting(minutes=30, owner=alice)
    assert NO_WORKER not in member.get(reverse("jobs_list")).content.decode()


@pytest.fixture
def gone(alice):
    """A failed job of a kind that this version has no more."""
    return waiting(minutes=30, owner=alice, state=State.FAILED, error="It did not work.", finished=Now())


def test_a_job_whose_kind_is_gone_is_not_retried_by_a_post_either(member, gone, notifications):
    answer = member.post(reverse("job_retry", args=[gone.pk]), follow=True)
    assert answer.status_code == 200
    assert "This kind of job no longer exists" in answer.content.decode()
    gone.refresh_from_db()
    assert (gone.state, gone.error, gone.history, notifications) == (State.FAILED, "It did not work.", [], [])


def test_whoever_asks_the_engine_to_retry_it_is_refused_with_a_sentence(gone):
    with pytest.raises(Fail, match="no longer exists"):
        transitions.retry(gone)


def test_one_that_is_done_says_that_there_is_nothing_to_retry(gone):
    Job.objects.update(state=State.SUCCEEDED)
    assert transitions.retry(gone) is False


def test_a_kind_that_is_there_is_retried_as_ever():
    job = tasks.do_nothing.delay()
    transitions.cancel(job)
    assert transitions.retry(job)
