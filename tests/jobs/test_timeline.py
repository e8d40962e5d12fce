"""What a job's page says happened, and what it waits for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from task.jobs import RetryLater, Snooze
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import cancel, claim, retry
from task.jobs.models import Job, State
from task.jobs.pages.timeline import timeline
from tests.reading import read
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)
AWAY = "The library can't be reached."
FAULT = {"what": "fault", "when": "2026-02-03T14:00:00+00:00", "done": 0, "reason": AWAY, "after": 119.8}


@pytest.fixture
def ann():
    return get_user_model().objects.create_user("ann", "ann@example.org", "pw")


@pytest.fixture
def page(client, ann):
    client.force_login(ann)
    return lambda job: client.get(job.get_absolute_url()).content.decode()


def fresh(job):
    return Job.objects.get(pk=job.pk)


def changed(job, **columns):
    Job.objects.filter(pk=job.pk).update(**columns)
    return fresh(job)


def running(owner=None, left=30.0, **columns):
    """A job of which a worker committed a step, so that its lease lasts for `left` seconds more."""
    job = tasks.make_things.apply_async(kwargs={"total": 1000}, owner=owner)
    claim(job.pk)
    columns = {"done": 100, "total": 1000, "lease_until": Now() + timedelta(seconds=left), **columns}
    return changed(job, **columns)


def told(job, reader):
    return [(event["sign"], read(event["sentence"]), event["detail"]) for event in timeline(job, reader)]


def test_a_try_that_is_to_come_is_not_told_as_past(ann, page):
    try:
        tasks.broken["workbench.make"] = RetryLater(AWAY, after=3600)
        job = tasks.make_things.apply_async(kwargs={"total": 300}, owner=ann)
        execute(job.pk)
    finally:
        tasks.broken.clear()
    job = fresh(job)
    assert "If 5 tries in a row fail, it gives up, and you can retry it." in page(job)
    assert told(job, ann)[-2:] == [
        ("fault", AWAY, ""),
        ("waiting", f"Next try at {job.run_after:%H:%M:%S}.", "It will continue at 100."),
    ]


def test_a_try_that_came_is_told_in_rounded_words(ann):
    job = running(ann, history=[FAULT])
    assert told(job, ann)[2] == ("fault", AWAY, "Tried again.")
    job = changed(job, state=State.QUEUED, history=[FAULT, {**FAULT, "after": 4.2}])
    assert [detail for sign, _, detail in told(job, ann) if sign == "fault"] == ["Tried again.", ""]


def test_a_wait_that_was_no_fault_is_not_told_as_a_try(ann):
    tasks.broken["workbench.make"] = Snooze("Many ask just now.", after=20)
    try:
        job = tasks.make_things.apply_async(kwargs={"total": 300}, owner=ann)
        execute(job.pk)
    finally:
        tasks.broken.clear()
    job = fresh(job)
    assert (job.faults, job.history[-1]["what"]) == (0, "pause")
    assert told(job, ann)[-2:] == [
        ("waiting", "Many ask just now.", ""),
        ("waiting", f"Next try at {job.run_after:%H:%M:%S}.", "It will continue at 100."),
    ]
    job = changed(job, state=State.RUNNING, run_after=None)
    assert ("waiting", "Many ask just now.", "Tried again.") in told(job, ann)


def test_a_try_that_was_cancelled_before_it_came_is_not_told(ann):
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    changed(job, history=[FAULT], run_after=Now() + timedelta(hours=1))
    cancel(fresh(job))
    assert ("fault", AWAY, "") in told(fresh(job), ann)
    retry(fresh(job))
    assert ("fault", AWAY, "") in told(fresh(job), ann)


def test_a_cancellation_stays_in_the_story_after_a_retry(ann, page):
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    cancel(job)
    retry(fresh(job))
    assert told(fresh(job), ann)[1:] == [
        ("cancelled", "Cancelled before it continued.", ""),
        ("retry", "Retried", ""),
        ("waiting", "Waiting for a worker", ""),
    ]
    assert page(job).count(">now</span>") == 1


def test_a_failure_stays_in_the_story_after_a_retry(ann):
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    changed(job, state=State.FAILED, error="The shelf is full.", done=4)
    retry(fresh(job))
    assert told(fresh(job), ann)[1:3] == [("failed", "The shelf is full.", ""), ("retry", "Retried from 4", "")]


def test_an_end_before_a_retry_has_its_own_time(ann):
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    cancel(job)
    ended = fresh(job).finished
    retry(fresh(job))
    _, end, again, _ = timeline(fresh(job), ann)
    assert end["when"] == ended
    assert ended <= again["when"]


def test_an_event_whose_time_is_not_known_shows_none(ann):
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    Job.objects.filter(pk=job.pk).update(history=[{"what": "retry", "state": "failed", "reason": "Full."}])
    assert timeline(fresh(job), ann)[1]["when"] == ""


@pytest.mark.parametrize("done", [0, 100])
def test_every_place_says_what_a_paused_job_waits_for(client, ann, done):
    client.force_login(ann)
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    later = datetime(2031, 5, 6, 16, 47, tzinfo=UTC)
    job = changed(job, message=AWAY, run_after=later, history=[{**FAULT, "done": done}], done=done)
    sentence = "The library can't be reached. Next try at 16:47:00."
    for url in ("/", "/jobs/", job.get_absolute_url()):
        text = read(client.get(url).content.decode())
        assert sentence in text, url
        assert "aits for a worker" not in text, url


def test_a_job_that_waits_for_a_worker_says_so(client, ann):
    client.force_login(ann)
    job = tasks.make_things.apply_async(kwargs={"total": 10}, owner=ann)
    assert "waiting for a worker" in client.get("/").content.decode()
    assert "Waiting for a worker. It will start by itself." in client.get(job.get_absolute_url()).content.decode()


def test_only_a_running_job_runs_on_a_worker(ann, page):
    job = running(ann, runner="desk-1:4127")
    assert page(job).count("worker desk-1, process 4127") == 1
    assert "If this worker dies, another one continues" in page(job)
    changed(job, state=State.QUEUED)
    assert "If this worker dies" not in page(job)


def test_the_tally_leaves_out_what_is_usual(ann, page):
    job = running(ann, claims=6)
    assert "<dt>Attempts" not in page(job)
    assert "Waited" in page(job)
    changed(job, history=[{"what": "worker lost", "when": FAULT["when"], "done": 100}], state=State.QUEUED)
    text = page(job)
    assert "<dt>Attempts</dt><dd>6</dd>" in text
    assert "Waited" not in text
