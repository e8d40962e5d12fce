"""`.apply_async()` is `.delay()` with options: those that a row can have. Any other is refused with a sentence."""

from datetime import UTC, datetime, timedelta
from enum import Enum

import pytest
from celery import chain, chord, current_app, group
from django.db import IntegrityError, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from task.jobs import Misuse, Now, hasten, job
from task.jobs.engine.enqueue import plain
from task.jobs.engine.executor import execute
from task.jobs.models import Job, State
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)
do_nothing, make_things = tasks.do_nothing, tasks.make_things

REFUSED = {
    "add_to_parent": True,
    "chain": [],
    "chord": "workbench.empty",
    "compression": "gzip",
    "connection": object(),
    "exchange": "celery",
    "expires": 60,
    "group_id": "1",
    "headers": {"mine": 1},
    "ignore_result": False,
    "link": "workbench.empty",
    "link_error": "workbench.empty",
    "parent_id": "1",
    "priority": 5,
    "publisher": object(),
    "queue": "quick",
    "reply_to": "me",
    "retry": False,
    "retry_policy": {},
    "root_id": "1",
    "routing_key": "quick",
    "serializer": "pickle",
    "shadow": "another",
    "soft_time_limit": 5,
    "task_id": "1",
    "time_limit": 5,
    "total": 5,  # an argument, where an option belongs
}


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize("option", REFUSED)
def test_an_option_that_a_row_can_not_have_is_refused_by_its_name(option):
    with pytest.raises(Misuse) as raised:
        do_nothing.apply_async(**{option: REFUSED[option]})
    named = "group or chord" if option == "add_to_parent" else option  # as the developer calls it
    assert str(raised.value).startswith(
        f"workbench.empty: apply_async() of a job knows no “{named}”. A job is a row, not a message: it takes args, "
        "kwargs, countdown, eta, owner, rows, unique_key and parent;"
    )
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "canvas",
    [
        lambda: chain(do_nothing.s(), do_nothing.s()).delay(),
        lambda: (do_nothing.s() | do_nothing.s()).apply_async(),
        lambda: group(do_nothing.s(), do_nothing.s()).delay(),
        lambda: chord([do_nothing.s()])(do_nothing.s()),
        lambda: do_nothing.s().apply_async(link=do_nothing.s()),
        lambda: do_nothing.s().on_error(do_nothing.s()).delay(),
    ],
)
def test_a_canvas_of_jobs_is_refused_and_nothing_of_it_is_saved(canvas, notifications):
    with pytest.raises(Misuse, match=r"workbench\.empty: apply_async\(\) of a job knows no"):
        canvas()
    assert (Job.objects.count(), notifications) == (0, [])


def test_what_beat_says_with_each_of_its_messages_says_nothing():
    every = IntervalSchedule(every=5, period=IntervalSchedule.SECONDS)
    entry = ModelEntry(PeriodicTask(name="Ours", task="workbench.make", interval=every), app=current_app)
    assert entry.options == {"headers": {"periodic_task_name": "Ours"}}
    nothing = dict.fromkeys(("queue", "exchange", "routing_key", "priority", "expires"))  # as others give them
    made = make_things.apply_async([], {"total": 5}, producer=object(), **nothing, **entry.options)
    assert Job.objects.get().arguments == made.arguments == {"total": 5}


def test_celerys_options_that_are_none_are_taken():
    do_nothing.apply_async(**dict.fromkeys(REFUSED))
    assert Job.objects.count() == 1


# When


def seconds_to_go(made) -> float:
    run_after, now = Job.objects.values_list("run_after", Now()).get(pk=made.pk)
    return (run_after - now).total_seconds()


def test_a_countdown_goes_by_the_databases_clock_and_nobody_is_notified_before(monkeypatch, notifications):
    ahead = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    made = do_nothing.apply_async(countdown=3600)
    assert 3500 < seconds_to_go(made) <= 3600
    assert notifications == []
    assert execute(made.pk) is None, "Its time has not come."


def test_one_that_is_hastened_begins_now_and_its_worker_hears_of_it_after_the_commit(notifications):
    made = do_nothing.apply_async(countdown=3600)
    with transaction.atomic():
        assert hasten(made)
        assert notifications == []
    assert notifications == [str(made.pk)]
    assert execute(made.pk) == State.SUCCEEDED


def test_one_that_a_worker_has_had_is_not_hastened():
    made = do_nothing.apply_async(countdown=3600)
    Job.objects.update(claims=1)
    assert not hasten(made)
    assert seconds_to_go(made) > 3500


@pytest.mark.parametrize("countdown", [0, 0.0, -5, None])
def test_a_countdown_of_nothing_is_at_once(countdown, notifications):
    made = do_nothing.apply_async(countdown=countdown)
    assert Job.objects.get().run_after is None
    assert notifications == [str(made.pk)]


@pytest.mark.parametrize(("countdown", "fault"), [("5", TypeError), (float("nan"), ValueError), (1e300, OverflowError)])
def test_a_countdown_that_is_no_number_of_seconds_is_refused(countdown, fault):
    with pytest.raises(fault):
        do_nothing.apply_async(countdown=countdown)
    assert not Job.objects.exists()


def test_an_eta_is_the_moment_that_it_names(notifications):
    at = datetime(2040, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    do_nothing.apply_async(eta=at)
    assert Job.objects.get().run_after == at
    assert notifications == []


def test_an_eta_without_a_zone_is_in_that_of_the_settings(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    do_nothing.apply_async(eta=datetime(2040, 1, 2, 12))
    assert Job.objects.get().run_after == datetime(2040, 1, 2, 3, tzinfo=UTC)


def test_an_eta_that_has_passed_may_run_now():
    made = do_nothing.apply_async(eta=datetime(2020, 1, 1, tzinfo=UTC))
    assert execute(made.pk) == State.SUCCEEDED


def test_not_both_and_no_text():
    with pytest.raises(Misuse, match="give countdown or eta, not both"):
        do_nothing.apply_async(countdown=0, eta=timezone.now())
    with pytest.raises(Misuse, match="eta is a datetime, and not of type str"):
        do_nothing.apply_async(eta="2040-01-02")
    assert not Job.objects.exists()


def test_a_signature_carries_it():
    assert 50 < seconds_to_go(do_nothing.s().set(countdown=60).delay()) <= 60


# Its rows


@job("apply.late", title="Send {number} to {name}")
def send_late(run, number, name="nobody"):
    return "Sent."


def counted(rows, **options):
    """The job that was made, and its statements."""
    from django.db import connection

    with CaptureQueriesContext(
        connection,
    ) as queries:
        made = send_late.apply_async(rows=rows, **options)
    words = [query["sql"].split()[0] for query in queries if "jobs_job" in query["sql"]]
    return Job.objects.get(pk=made.pk), made, words


def row_of(made) -> tuple:
    return made.arguments, made.title, made.owner_id


def test_what_is_known_only_with_the_rows_is_settled_by_one_update(alice):
    def rows(made):
        thing = Thing.objects.create(name="late")
        return {"number": thing.pk, "name": "ada", "owner": alice}

    saved, made, words = counted(rows)
    expected = ({"number": Thing.objects.get().pk, "name": "ada"}, f"Send {Thing.objects.get().pk} to ada", alice.pk)
    assert row_of(saved) == row_of(made) == expected
    assert words == ["INSERT", "UPDATE"]
    assert execute(made.pk) == State.SUCCEEDED


def test_a_title_of_its_own_stays(alice):
    saved, made, _ = counted(lambda made: {"number": 3, "title": "A parcel"}, owner=alice)
    assert row_of(saved) == row_of(made) == ({"number": 3}, "A parcel", alice.pk)


@pytest.mark.parametrize("told", [None, {}, {"number": 3}, Thing(pk=1), "a text"])
def test_where_nothing_is_new_nothing_is_written_again(told):
    saved, _, words = counted(lambda made: told, kwargs={"number": 3})
    assert row_of(saved) == ({"number": 3}, "Send 3 to nobody", None)
    assert words == ["INSERT"]


def test_the_job_is_there_for_its_rows_and_not_notified_yet(notifications):
    def rows(made):
        assert Job.objects.filter(pk=made.pk).exists()
        assert notifications == []

    assert do_nothing.apply_async(rows=rows).notified is True


@pytest.mark.parametrize(
    ("late", "fault", "words"),
    [
        ({}, TypeError, r"apply\.late: missing a required argument: 'number'\. It takes \(number, name='nobody'\)\."),
        ({"number": 1, "nmae": 2}, TypeError, "got an unexpected keyword argument 'nmae'"),
        ({"number": datetime(2026, 1, 1, tzinfo=UTC)}, Misuse, r"“number” is of type datetime.*isoformat\(\)"),
        (ZeroDivisionError("by rows"), ZeroDivisionError, "by rows"),
    ],
)
def test_rows_that_fail_or_do_not_fit_leave_nothing(late, fault, words, notifications):
    def rows(made):
        Thing.objects.create(name="left")
        if isinstance(late, Exception):
            raise late
        return late

    with pytest.raises(fault, match=words):
        send_late.apply_async(rows=rows)
    assert (Job.objects.count(), Thing.objects.count(), notifications) == (0, 0, [])


def test_a_wrong_argument_is_told_before_the_rows_are_saved():
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'nmae'"):
        send_late.apply_async(kwargs={"nmae": 1}, rows=lambda made: pytest.fail("Its rows were saved."))


def test_a_key_that_is_taken_leaves_nothing_of_the_second(notifications):
    do_nothing.apply_async(unique_key="k")
    with pytest.raises(IntegrityError):
        do_nothing.apply_async(unique_key="k", rows=lambda made: Thing.objects.create(name="second"))
    assert (Job.objects.count(), Thing.objects.count(), len(notifications)) == (1, 0, 1)


def test_a_time_that_has_passed_notifies_at_once(notifications):
    row = tasks.do_nothing.apply_async(eta=timezone.now() - timedelta(hours=1))
    assert notifications == [str(row.pk)]


def test_the_job_that_comes_back_knows_its_time():
    row = tasks.do_nothing.apply_async(countdown=60)
    assert isinstance(row.run_after, datetime)


@job("apply.more", title=lambda a, **more: f"{a} {sorted(more)}")
def with_more(run, a, **more):
    return "Done."


def test_a_title_gets_the_arguments_by_their_names():
    assert with_more.delay(a=1, b=2).title == "1 ['b']"


def test_a_title_that_comes_late_fits_its_column():
    row = tasks.do_nothing.apply_async(rows=lambda job: {"title": "x" * 400})
    assert Job.objects.get(pk=row.pk).title == "x" * 300


class Colour(str, Enum):  # noqa: UP042  what many programs have
    RED = "red"


def test_a_text_that_is_an_enum_is_its_value():
    assert plain(Colour.RED, "x") == "red"
