"""A job's life, as its row tells it: claimed, stepped, ended, cancelled, retried."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import F

from task.jobs.engine import guards, maintenance, transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def whole():
    tasks.broken.clear()
    yield
    tasks.broken.clear()


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def let_the_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_job_runs_and_tells_what_it_did():
    job = tasks.make_things.delay(total=250)
    assert job.title == "Make 250 things"
    assert execute(job.pk) == State.SUCCEEDED
    job = fresh(job)
    assert (job.message, job.done, job.total, job.faults, job.claims) == ("250 things made.", 250, 250, 0, 1)
    assert Thing.objects.count() == 250
    assert job.created <= job.started <= job.finished


def test_a_new_job_notifies_once_and_only_after_the_commit(notifications):
    from django.db import transaction

    with transaction.atomic():
        job = tasks.do_nothing.delay()
        assert notifications == []
    assert notifications == [str(job.pk)]


def test_a_form_whose_rows_fail_leaves_no_job(notifications):
    def fail(job):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        tasks.do_nothing.apply_async(rows=fail)
    assert not Job.objects.exists()
    assert notifications == []


def test_a_message_too_many_finds_nothing_to_do():
    job = tasks.make_things.delay(total=5)
    assert execute(job.pk) == State.SUCCEEDED
    assert execute(job.pk) is None
    assert Thing.objects.count() == 5


def test_a_job_that_runs_elsewhere_is_not_claimed_again_before_its_lease_runs_out():
    job = tasks.do_nothing.delay()
    assert claim(job.pk).claims == 1
    assert claim(job.pk) is None
    let_the_lease_run_out(job)
    again = claim(job.pk)
    assert again.claims == 2
    assert [entry["what"] for entry in again.history] == ["worker lost", "taken over"]


def test_a_worker_that_was_stopped_past_its_lease_commits_nothing():
    job = tasks.make_things.delay(total=20, size=10)
    stale = Run(claim(job.pk))
    parts = iter(stale.batches(range(20), size=10))
    next(parts)
    let_the_lease_run_out(job)
    maintenance.rescue_lapsed()
    assert execute(job.pk) == State.SUCCEEDED
    from task.jobs.engine.errors import LeaseLost

    with pytest.raises(LeaseLost), stale.step():
        Thing.objects.create(name="stale")
    with pytest.raises(LeaseLost), Run(stale.job).finish():
        Thing.objects.create(name="stale")
    assert Thing.objects.count() == 20
    assert not Thing.objects.filter(name="stale").exists()


def test_it_goes_on_after_its_last_committed_step():
    tasks.broken["workbench.make"] = KeyboardInterrupt()
    job = tasks.make_things.delay(total=30, size=10)
    with pytest.raises(KeyboardInterrupt):
        execute(job.pk)
    assert fresh(job).done == 10
    tasks.broken.clear()
    let_the_lease_run_out(job)
    assert [taken.pk for taken in maintenance.rescue_lapsed()] == [job.pk]
    assert fresh(job).workers_lost == [10]
    assert execute(job.pk) == State.SUCCEEDED
    assert Thing.objects.count() == 30
    assert fresh(job).message == "30 things made."


def test_a_place_that_kills_its_worker_five_times_ends_the_job():
    tasks.broken["workbench.reserve"] = KeyboardInterrupt()
    job = tasks.reserve.delay()
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            execute(job.pk)
        let_the_lease_run_out(job)
        maintenance.rescue_lapsed()
    assert execute(job.pk) == State.FAILED
    assert fresh(job).error == "The worker stopped five times at the same place."


def test_a_refusal_fails_with_its_sentence():
    job = tasks.refuse.delay()
    execute(job.pk)
    assert (fresh(job).state, fresh(job).error) == ("failed", "There is no such thing. Ask for another one.")
    assert fresh(job).traceback == ""


def test_a_mistake_fails_with_a_plain_sentence_and_a_traceback_for_staff():
    tasks.broken["workbench.reserve"] = ZeroDivisionError("1/0")
    job = tasks.reserve.delay()
    execute(job.pk)
    job = fresh(job)
    assert job.state == State.FAILED
    assert "ZeroDivisionError" in job.traceback
    assert "Zero" not in job.error


def test_waiting_comes_back_later_each_time_and_ends():
    job = tasks.wait_for.delay()
    pauses = []
    for _ in range(4):
        assert execute(job.pk) == State.QUEUED
        pauses.append(fresh(job).history[-1]["after"])
        assert execute(job.pk) is None, "its time has not come"
        Job.objects.filter(pk=job.pk).update(run_after=Now())
    assert pauses == sorted(pauses)
    assert pauses[3] > 10 * pauses[0]
    assert execute(job.pk) == State.FAILED
    assert fresh(job).error.startswith("They ask us to wait.")


def test_a_rate_limit_is_no_fault():
    job = tasks.wait_for.delay(counts=False)
    for _ in range(12):
        assert execute(job.pk) == State.QUEUED
        Job.objects.filter(pk=job.pk).update(run_after=Now())
    assert fresh(job).faults == 0


@pytest.mark.parametrize("fault", [OperationalError("gone"), __import__("kombu").exceptions.OperationalError("gone")])
def test_a_database_or_broker_that_is_away_is_retried_later(fault):
    tasks.broken["workbench.make"] = fault
    job = tasks.make_things.delay(total=30, size=10)
    assert execute(job.pk) == State.QUEUED
    tasks.broken.clear()
    execute_all()
    assert (fresh(job).state, Thing.objects.count()) == ("succeeded", 30)


def test_a_waiting_job_is_cancelled_at_once():
    job = tasks.do_nothing.delay()
    assert transitions.cancel(job)
    assert fresh(job).state == State.CANCELLED
    assert execute(job.pk) is None


def test_a_running_job_is_cancelled_at_its_next_step_and_its_hook_runs():
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(9)])
    job = tasks.finish_things.delay()
    run = Run(claim(job.pk))
    assert transitions.cancel(job)
    job = fresh(job)
    assert (job.state, job.cancel_requested) == ("running", True)
    let_the_lease_run_out(job)
    assert maintenance.rescue_lapsed() == []
    assert fresh(job).state == State.CANCELLED
    assert not Thing.objects.filter(waits=True).exists()
    assert transitions.yield_turn(run.job) is False


def test_a_job_cancelled_in_the_middle_keeps_what_is_done():
    def cancel_now(*_):
        transitions.cancel(job)

    class Cancels(BaseException):
        pass

    job = tasks.make_things.delay(total=30, size=10)
    run = Run(claim(job.pk))
    from task.jobs.engine.errors import LeaseLost

    with pytest.raises(LeaseLost):
        for part in run.batches(range(30), size=10):
            with run.step() as tally:
                Thing.objects.bulk_create([Thing(name=f"{n}") for n in part])
                tally["made"] += len(part)
            cancel_now()
    transitions.end_cancelled(run.job)
    job = fresh(job)
    assert (job.state, job.message, Thing.objects.count()) == ("cancelled", "Cancelled after 10.", 10)


def test_a_success_that_commits_first_wins_over_a_cancel():
    job = tasks.do_nothing.delay()
    execute(job.pk)
    assert transitions.cancel(job) is False
    assert fresh(job).state == State.SUCCEEDED


def test_a_cancelled_parent_takes_its_waiting_children_with_it():
    parent = tasks.do_nothing.delay()
    child = tasks.do_nothing.delay()
    # Whatever the clock says: both may be of one millisecond.
    Job.objects.filter(pk=child.pk).update(parent=parent, created=Now() + timedelta(seconds=1))
    transitions.cancel(parent)
    assert fresh(child).state == State.CANCELLED


def test_a_retry_goes_on_after_the_last_step_and_reopens_the_rows(notifications):
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(9)])
    tasks.broken["workbench.drain"] = ZeroDivisionError()
    job = tasks.finish_things.delay()
    execute(job.pk)
    assert fresh(job).state == State.FAILED
    assert Thing.objects.filter(batch=-1).count() == 9
    tasks.broken.clear()
    notifications.clear()
    assert transitions.retry(job)
    assert notifications == [str(job.pk)]
    assert Thing.objects.filter(waits=True).count() == 9
    assert execute(job.pk) == State.SUCCEEDED
    job = fresh(job)
    assert (job.message, job.faults, job.error, job.traceback) == ("9 things finished.", 0, "", "")
    assert [entry["what"] for entry in job.history] == ["retry"]
    assert transitions.retry(job) is False


def test_a_follow_up_job_is_submitted_once_with_its_parent():
    job = tasks.walk_pages.delay()
    execute_all()
    child = Job.objects.get(parent=job)
    assert (child.kind, child.state) == ("workbench.make", "succeeded")
    assert Thing.objects.count() == 10


def test_others_go_first_when_a_job_had_its_turn(settings, notifications):
    settings.JOBS_TURN_SECONDS = 0
    big = tasks.make_things.delay(total=30, size=10)
    small = tasks.do_nothing.delay()
    notifications.clear()
    assert execute(big.pk) == State.QUEUED
    assert notifications == [str(big.pk)]
    assert (fresh(big).done, fresh(big).faults) == (10, 0)
    assert execute(small.pk) == State.SUCCEEDED
    assert execute(big.pk) == State.SUCCEEDED, "nobody else waits"
    assert Thing.objects.count() == 30


def test_a_kind_that_nobody_knows_makes_nobody_give_way(settings):
    settings.JOBS_TURN_SECONDS = 0
    Job.objects.create(kind="gone.long.ago", title="Of a feature that was removed")
    job = tasks.make_things.delay(total=30, size=10)
    assert execute(job.pk) == State.SUCCEEDED
    assert Job.objects.get(kind="gone.long.ago").state == State.QUEUED


def test_a_stop_hands_over_at_the_next_step():
    job = tasks.make_things.delay(total=30, size=10)
    run = Run(claim(job.pk), stopping=lambda: True)
    from task.jobs.engine.errors import YieldTurn

    with pytest.raises(YieldTurn):
        for part in run.batches(range(30), size=10):
            with run.step():
                Thing.objects.bulk_create([Thing(name=f"{n}") for n in part])
    assert transitions.yield_turn(run.job)
    assert (fresh(job).state, fresh(job).done, fresh(job).faults) == ("queued", 10, 0)


def test_a_clock_that_is_five_minutes_off_changes_nothing(monkeypatch):
    import time

    from django.utils import timezone

    job = tasks.do_nothing.delay()
    claim(job.pk)
    real, real_now = time.time, timezone.now
    for minutes in (5, -5):
        monkeypatch.setattr(time, "time", lambda minutes=minutes: real() + 60 * minutes)
        monkeypatch.setattr(timezone, "now", lambda minutes=minutes: real_now() + timedelta(minutes=minutes))
        assert maintenance.rescue_lapsed() == []
        assert claim(job.pk) is None
    assert Job.objects.filter(pk=job.pk, lease_until__gt=Now() + timedelta(seconds=20)).exists()
    assert Job.objects.filter(pk=job.pk, lease_until__lt=F("created") + timedelta(seconds=40)).exists()


def test_a_cancel_that_meets_a_yielded_turn_is_not_lost(monkeypatch):
    job = tasks.make_things.delay(total=30, size=10)
    run = Run(claim(job.pk))
    real = transitions.end
    turns = []

    def end_just_before_the_hand_over(*args, **kwargs):
        ended = real(*args, **kwargs)
        if not turns:
            turns.append(transitions.yield_turn(run.job))
        return ended

    monkeypatch.setattr(transitions, "end", end_just_before_the_hand_over)
    assert transitions.cancel(job)
    assert turns == [True]
    assert fresh(job).state == State.CANCELLED


def test_a_cancel_that_comes_before_a_yielded_turn_ends_the_job(monkeypatch):
    monkeypatch.setattr("task.jobs.engine.executor._stopping", [1])
    job = tasks.make_things.delay(total=30, size=10)

    def cancel_from_outside(name):
        with guards.allow_writes():
            transitions.cancel(job)

    monkeypatch.setattr(tasks, "stumble", cancel_from_outside)
    assert execute(job.pk) == State.CANCELLED
    assert fresh(job).done == 10


def test_a_loop_may_be_left_after_a_step():
    job = tasks.stop_early.delay()
    execute(job.pk)
    assert (fresh(job).state, fresh(job).message) == ("succeeded", "4 made.")


def test_a_message_with_braces_of_its_own_is_told_and_nothing_in_it_is_worked_out():
    job = tasks.braces.delay()
    execute(job.pk)
    told = "Read {0.x}, {run.__class__}, {made:>9000000}, 0 and {"
    assert (fresh(job).state, fresh(job).message) == ("succeeded", told)


@pytest.mark.parametrize(
    ("how", "state", "column"),
    [
        ("return", "succeeded", "message"),
        ("refused", "failed", "error"),
        ("mistake", "failed", "traceback"),
        ("temporary", "queued", "message"),
    ],
)
def test_words_that_no_database_takes_end_a_job_all_the_same(how, state, column):
    job = tasks.odd_words.delay(how=how)
    assert execute(job.pk) == state
    assert "caf? ." in getattr(fresh(job), column)
    if how == "temporary":
        assert fresh(job).history[-1]["reason"] == "caf? ."


def test_a_hook_that_fails_ends_its_job_all_the_same(caplog):
    job = tasks.with_bad_hook.delay()
    assert execute(job.pk) == State.FAILED
    job = fresh(job)
    assert job.state == State.FAILED
    assert "This hook is wrong" in job.traceback


def test_a_hook_that_fails_does_not_stop_the_maintenance():
    bad, good = tasks.with_bad_hook.delay(), tasks.do_nothing.delay()
    for job in (bad, good):
        claim(job.pk)
        let_the_lease_run_out(job)
    Job.objects.filter(pk=bad.pk).update(cancel_requested=True)
    assert [job.pk for job in maintenance.rescue_lapsed()] == [good.pk]
    assert fresh(bad).state == State.CANCELLED


def test_a_lost_job_of_an_unknown_kind_is_left_to_those_who_know_it():
    job = Job.objects.create(kind="gone", title="x", state=State.RUNNING, claims=1, lease_until=Now())
    let_the_lease_run_out(job)
    assert maintenance.rescue_lapsed() == []
    assert fresh(job).state == State.RUNNING


def test_what_follows_an_ended_job_can_be_cancelled():
    parent = tasks.do_nothing.delay()
    child = tasks.do_nothing.delay()
    Job.objects.filter(pk=child.pk).update(parent=parent)
    execute(parent.pk)
    assert transitions.cancel(fresh(parent))
    assert (fresh(parent).state, fresh(child).state) == ("succeeded", "cancelled")


def test_a_finish_whose_commit_fails_is_no_success(monkeypatch):
    job = tasks.write_to.delay(address="reader@example.com")

    def fails(*args):
        raise OperationalError("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.commit", fails)
        assert execute(job.pk) != State.SUCCEEDED
    assert fresh(job).state != State.SUCCEEDED
    assert not Thing.objects.exists()
    let_the_lease_run_out(job)
    maintenance.rescue_lapsed()
    execute_all()
    assert fresh(job).state == State.SUCCEEDED
    assert Thing.objects.count() == 1
