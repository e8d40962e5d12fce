"""`.delay()` is the way in: arguments are bound, and checked to be JSON, at once; a wrong call saves nothing."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from celery import current_app
from celery.app.trace import build_tracer
from django.db import connection, transaction

from task.jobs import Misuse, job, reservation
from task.jobs.engine.executor import execute
from task.jobs.models import Job, State
from task.jobs.testing import assert_survives, execute_all
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


@job("delay.keep", title="Keep something")
def keep(run, what, more=None):
    return "Kept."


@job("delay.anything", title="Keep anything")
def keep_anything(run, first, *, second=2, **others):
    return "Kept."


# Bound to the signature


def test_arguments_are_known_by_name_however_they_came():
    expected = {"total": 5, "size": 2}
    for made in (
        tasks.make_things.delay(5, 2),
        tasks.make_things.delay(5, size=2),
        tasks.make_things.apply_async((5,), {"size": 2}),
        tasks.make_things.apply_async([5, 2]),
        tasks.make_things.s(5).delay(size=2),
    ):
        assert Job.objects.get(pk=made.pk).arguments == expected
        assert (made.title, made.state, made.owner_id) == ("Make 5 things", State.QUEUED, None)


def test_others_stand_beside_those_that_have_a_name():
    made = keep_anything.delay(1, third=3)
    assert Job.objects.get(pk=made.pk).arguments == {"first": 1, "third": 3}
    execute_all()
    assert Job.objects.get(pk=made.pk).state == State.SUCCEEDED


@pytest.mark.parametrize(
    ("args", "kwargs", "fault"),
    [
        ((), {"totl": 5}, "missing a required argument: 'total'"),
        ((), {"total": 5, "siez": 2}, "got an unexpected keyword argument 'siez'"),
        ((), {}, "missing a required argument: 'total'"),
        ((1, 2, 3, 4), {}, "too many positional arguments"),
        ((5,), {"total": 6}, "multiple values for argument 'total'"),
    ],
)
def test_what_does_not_fit_the_function_is_a_type_error_that_shows_its_signature(args, kwargs, fault, notifications):
    with pytest.raises(TypeError) as raised:
        tasks.make_things.delay(*args, **kwargs)
    assert str(raised.value) == f"workbench.make: {fault}. It takes (total, size=100, batch=0)."
    assert (Job.objects.count(), notifications) == (0, [])


# JSON


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize(
    ("value", "of_type", "instead"),
    [
        (date(2026, 11, 29), "date", "its isoformat()"),
        (datetime(2026, 11, 29, tzinfo=UTC), "datetime", "its isoformat()"),
        (time(8), "time", "its isoformat()"),
        (Thing(pk=7), "Thing", "its pk"),
        (Thing.objects.all(), "QuerySet", "a list of its keys"),
        ({1, 2}, "set", "a sorted list"),
        ({1: "one"}, "dict", "texts as its keys"),
        (float("nan"), "float", "a finite number"),
        (float("-inf"), "float", "a finite number"),
        ("a\0b", "str", "a text without NUL and half characters"),
        ("half \ud83d", "str", "a text without NUL and half characters"),
        (Decimal("1.5"), "Decimal", "its str()"),
        (uuid4(), "UUID", "its str()"),
        (b"bytes", "bytes", "its str()"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() and value.isprintable() else None,
)
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [{"deep": (value,)}]], ids=["bare", "deep"])
def test_what_is_no_json_is_a_sentence_that_says_what_to_give(value, of_type, instead, wrap):
    with pytest.raises(Misuse) as raised:
        keep.delay(what=wrap(value))
    sentence = f"delay.keep: “what” is of type {of_type}, and a job's arguments are JSON: give {instead}."
    assert str(raised.value) == sentence
    assert not Job.objects.exists()


def test_a_job_has_its_arguments_as_the_database_gives_them_back():
    given = {"none": None, "yes": True, "whole": -(2**63), "part": 0.1, "text": "café 📚", "rows": ((1, 2), [])}
    made = keep.delay(what=given, more=State.QUEUED)
    assert made.arguments == {"what": {**given, "rows": [[1, 2], []]}, "more": "queued"}
    assert type(made.arguments["more"]) is str
    assert Job.objects.get(pk=made.pk).arguments == made.arguments


# Where it is called


@pytest.mark.parametrize("call", [tasks.do_nothing, tasks.do_nothing.apply, tasks.do_nothing.run])
def test_the_function_is_not_called_by_hand(call):
    sentence = r"workbench\.empty is a job: call it with \.delay\(…\)"
    with pytest.raises(Misuse, match=sentence):
        call()
    for several in (tasks.do_nothing.map, tasks.do_nothing.starmap):
        with pytest.raises(Misuse, match=sentence):
            several([()])
    with pytest.raises(Misuse, match=sentence):
        tasks.do_nothing.chunks([()], 1)


@job("delay.wrong", title="Start another at a wrong place")
def start_wrongly(run, where):
    if where == "outside":
        tasks.do_nothing.delay()
    elif where == "reservation":
        with reservation():
            tasks.do_nothing.delay()
    for _ in run.batches(range(1)):
        if where == "batch":
            tasks.do_nothing.apply_async()
        with run.step():
            pass


@pytest.mark.parametrize("where", ["outside", "reservation", "batch"])
def test_in_a_job_another_one_is_started_in_a_step_or_not_at_all(where):
    made = start_wrongly.delay(where=where)
    assert execute(made.pk) == State.FAILED
    made.refresh_from_db()
    assert "A job enqueued another one outside `run.step()` and `run.finish()`" in made.traceback
    assert Job.objects.count() == 1


@job("delay.followed", title="Be followed at the end")
def be_followed(run):
    return "Done."


@be_followed.ended
def follow(row):
    keep.delay(what="first")
    keep.delay(what="second")


def children(parent):
    return set(Job.objects.filter(parent=parent).values_list("pk", flat=True))


def test_in_an_end_hook_it_is_a_follow_up_whose_id_a_second_try_gives_again(alice):
    parent = be_followed.apply_async(owner=alice)
    execute(parent.pk)
    first = children(parent)
    assert {each.version for each in first} == {5}
    assert list(Job.objects.filter(parent=parent).values_list("owner", flat=True)) == [alice.pk] * 2
    Job.objects.filter(parent=parent).delete()
    Job.objects.filter(pk=parent.pk).update(state=State.QUEUED, finished=None)
    execute(parent.pk)
    assert children(parent) == first
    assert len(first) == 2


def test_and_it_survives():
    assert assert_survives(be_followed) > 3


def test_in_somebody_elses_transaction_it_is_there_or_not_as_that_is(notifications):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tasks.do_nothing.delay()
        raise ZeroDivisionError
    assert (Job.objects.count(), notifications) == (0, [])


# The message


def as_a_worker(task, *args, **kwargs):
    """What a worker does with a message that came under the task's name. Returns the result, or the fault."""
    tracer = build_tracer(task.name, task, app=current_app._get_current_object())
    return tracer(str(uuid4()), args, kwargs, {}).retval


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), (("five",), {}), ((5,), {}), ((None,), {}), ((str(UUID(int=0)), 2), {}), ((), {"total": 5})],
)
def test_a_message_that_names_no_job_is_logged_and_changes_nothing(args, kwargs, caplog, django_assert_num_queries):
    tasks.make_things.delay(total=5)
    before = list(Job.objects.values())
    with django_assert_num_queries(0):
        assert as_a_worker(tasks.make_things, *args, **kwargs) is None
    assert list(Job.objects.values()) == before
    assert not Thing.objects.exists()
    (record,) = [record for record in caplog.records if record.name == "desk.jobs"]
    assert record.getMessage().startswith("A message for workbench.make names no job, and nothing was done: ")


def test_a_message_that_names_a_job_that_is_gone_changes_nothing():
    assert as_a_worker(tasks.make_things, str(uuid4())) is None
    assert not Thing.objects.exists()


def test_a_message_that_names_a_job_runs_it():
    made = tasks.make_things.delay(total=5)
    as_a_worker(tasks.make_things, str(made.pk))
    connection.close()  # the lease's thread has one of its own
    assert (Job.objects.get(pk=made.pk).state, Thing.objects.count()) == (State.SUCCEEDED, 5)
