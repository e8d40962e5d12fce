"""Follow-up jobs where a place comes again, and of ends: none is lost, none has another's id."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from task.backups.models import Backup
from task.backups.tasks import back_up
from task.jobs import cancel, job, retry
from task.jobs.conf import conf
from task.jobs.engine import guards, transitions
from task.jobs.engine.executor import execute
from task.jobs.models import Job
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


@job("follow.same_place", title="Steps that don't advance")
def same_place(run):
    def pieces():
        while found := list(Thing.objects.filter(waits=True)[:1]):
            yield found

    for things in run.until_done(pieces()):
        with run.step(done=0):
            tasks.do_nothing.delay()
            Thing.objects.filter(pk__in=[t.pk for t in things]).update(waits=False)
    return "Done."


def test_steps_that_get_the_job_no_further_have_follow_ups_of_their_own():
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(3)])
    parent = same_place.delay()
    execute(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, parent.children.count()) == ("succeeded", 3)


@job("follow.generator_pieces", title="Pieces without a length")
def generator_pieces(run):
    for thing in run.until_done(Thing.objects.filter(waits=True).iterator()):
        with run.step():
            tasks.do_nothing.delay()
            Thing.objects.filter(pk=thing.pk).update(waits=False)
    return "Done."


def test_pieces_without_a_length_too():
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(3)])
    parent = generator_pieces.delay()
    execute(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, parent.children.count()) == ("succeeded", 3)


@job("follow.tells", title="Tells of its end")
def tells(run):
    for _ in run.batches(range(1)):
        with run.step():
            pass
    return "Done."


@tells.ended
def tell(row):
    tasks.do_nothing.delay()


def test_what_an_end_hook_enqueues_is_not_cancelled_with_its_job():
    parent = tells.delay()
    assert cancel(parent)
    assert [child.state for child in parent.children.all()] == ["queued"]


def test_two_ends_without_a_claim_between_them_have_a_follow_up_each():
    parent = tells.delay()
    Job.objects.filter(pk=parent.pk).update(history=[{"what": "pause"}] * conf.HISTORY, claims=60)
    for _ in range(2):
        assert cancel(Job.objects.get(pk=parent.pk))
        parent.refresh_from_db()
        assert parent.traceback == ""
        assert retry(parent)
    assert parent.children.count() == 2


def test_more_ends_than_the_history_holds():
    parent = tells.delay()
    for n in range(conf.HISTORY + 3):
        assert cancel(Job.objects.get(pk=parent.pk))
        parent.refresh_from_db()
        assert parent.traceback == "", n
        assert retry(parent)


def test_a_stale_row_is_cancelled_a_second_time():
    """Two tabs: the page's row was read before another tab cancelled and retried it."""
    row = tells.delay()
    stale = Job.objects.get(pk=row.pk)
    assert cancel(Job.objects.get(pk=row.pk))
    assert retry(Job.objects.get(pk=row.pk))
    assert cancel(stale)
    row.refresh_from_db()
    assert (row.traceback, row.children.count()) == ("", 2)


@job("follow.savepoint", title="A savepoint that is rolled back")
def savepoint(run):
    for _ in run.batches(range(2), size=1):
        with run.step():
            try:
                with transaction.atomic():
                    tasks.do_nothing.delay()
                    raise ValueError
            except ValueError:
                pass
            tasks.do_nothing.delay()
    return "Done."


def test_a_follow_up_of_a_savepoint_that_is_rolled_back_is_not_there():
    row = savepoint.delay()
    execute(row.pk)
    row.refresh_from_db()
    assert (row.state, row.children.count()) == ("succeeded", 2)


@job("follow.orphan", title="Its owner goes")
def orphan(run):
    for _ in run.batches(range(2), size=1):
        with run.step():
            tasks.do_nothing.delay()
        with guards.allow_writes():
            get_user_model().objects.filter(pk=run.job.owner_id).delete()
    return "Done."


def test_an_owner_who_goes_while_it_runs_breaks_no_follow_up(alice):
    row = orphan.apply_async(owner=alice)
    execute(row.pk)
    row.refresh_from_db()
    assert row.state == "succeeded"


def test_an_owner_who_went_costs_no_end_hook(charlie):
    row = back_up.apply_async(
        owner=charlie, rows=lambda job: Backup.objects.create(job=job, name="desk-x.tar", state="waiting")
    )
    mine = transitions.claim(row.pk)
    get_user_model().objects.filter(pk=charlie.pk).delete()
    assert transitions.fail(mine, "The disk is full.")
    row.refresh_from_db()
    assert Backup.objects.get(job=row).state == Backup.State.FAILED
    assert row.children.count() == 1


@job("follow.cancels", title="Cancels another in its step")
def cancels(run, other):
    for _ in run.batches(range(1)):
        with run.step():
            cancel(Job.objects.get(pk=other))
            tasks.do_nothing.delay()
    return "Done."


def test_a_job_that_is_cancelled_in_a_step_of_another():
    other = tasks.do_nothing.delay()
    row = cancels.delay(other=str(other.pk))
    execute(row.pk)
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.state) == ("succeeded", "cancelled")
