"""How a job ends where its hooks, its database or its workers do not do what they should."""

import socket
import sqlite3
from datetime import timedelta

import pytest
from django.db import OperationalError

from task.jobs import job
from task.jobs.engine import maintenance, transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)
broken = {}


@job("ends.bad_hook", title="Its hook meets a full disk")
def full_disk(run):
    return "Done."


@full_disk.ended
def hook(row):
    if broken.get("on") and row.state == State.SUCCEEDED:
        fault = OperationalError("database or disk is full")
        fault.__cause__ = cause = sqlite3.OperationalError("database or disk is full")
        cause.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise fault


def test_a_success_that_the_database_refuses_counts_as_a_fault():
    row = full_disk.delay()
    broken["on"] = True
    try:
        turns = execute_all(at_most=20)
    finally:
        broken.clear()
    row.refresh_from_db()
    assert (row.state, turns) == ("failed", 5)


@job("ends.grows", title="Drains what grows")
def grows(run):
    for things in run.drain(Thing.objects.filter(waits=True).order_by("pk"), size=2):
        with run.step() as tally:
            Thing.objects.filter(pk__in=[t.pk for t in things]).update(waits=False)
            if run.job.done == 0:
                Thing.objects.bulk_create([Thing(name=f"new{n}", waits=True) for n in range(6)])
            tally["n"] += len(things)
    return "{n} done."


def test_done_is_no_less_than_what_was_done():
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(2)])
    row = grows.delay()
    execute(row.pk)
    row.refresh_from_db()
    assert (row.message, row.done) == ("8 done.", 8)


@job("ends.hook_tally", title="Success whose hook fails by mistake")
def hook_tally(run):
    for _ in run.batches(range(3)):
        with run.step() as tally:
            tally["n"] += 1
    return "All {n} done."


seen = []


@hook_tally.ended
def hooked(row):
    seen.append((row.state, row.message, row.error))
    if row.state == State.SUCCEEDED:
        raise ValueError("wrong")


def test_a_hook_sees_no_words_of_a_success_that_failed():
    row = hook_tally.delay()
    execute(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert seen[-1][0] == "failed"
    assert seen[-1][1] == row.message


@job("ends.away_hook", title="A hook whose server is away")
def away_hook(run):
    return "Done."


@away_hook.ended
def away(row):
    raise OperationalError("could not connect to the other server")


def test_one_hook_that_is_away_does_not_stop_maintenance(notifications):
    bad, good, waits = away_hook.delay(), tasks.do_nothing.delay(), tasks.do_nothing.delay()
    for row in (bad, good):
        transitions.claim(row.pk)
    assert transitions.cancel(Job.objects.get(pk=bad.pk))
    Job.objects.filter(pk=bad.pk).update(lease_until=Now() - timedelta(minutes=9))
    Job.objects.filter(pk=good.pk).update(lease_until=Now() - timedelta(minutes=8))
    Job.objects.filter(pk=waits.pk).update(notified_at=Now() - timedelta(hours=2))
    notifications.clear()
    desk = maintenance.Maintenance("me:1")
    for _ in range(3):
        desk.one_pass()
    assert set(notifications) >= {str(good.pk), str(waits.pk)}


def test_a_process_that_died_at_an_ordinary_task_costs_no_pass(notifications):
    desk = maintenance.Maintenance("me:1")
    good = tasks.do_nothing.delay()
    transitions.claim(good.pk)
    Job.objects.filter(pk=good.pk).update(runner=f"{socket.gethostname()}:999999")
    desk.orphans = [str(good.pk), "nightly-import"]
    desk.one_pass()


def test_what_it_died_of_last_is_what_its_owner_reads():
    row = tasks.wait_for.delay(counts=False)
    execute(row.pk)
    Job.objects.filter(pk=row.pk).update(run_after=None)
    for _ in range(5):  # its worker is killed five times
        transitions.claim(row.pk)
        Job.objects.filter(pk=row.pk).update(state="queued", lease_until=None)
    execute(row.pk)
    row.refresh_from_db()
    assert row.error == "The worker stopped five times at the same place."


def test_cancelling_what_follows_an_ended_job_says_so(client, alice):
    parent = tasks.walk_pages.apply_async(owner=alice)
    execute(parent.pk)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/jobs/{parent.pk}/cancel/", follow=True)
    assert "Cancelling this job" not in answer.content.decode()
