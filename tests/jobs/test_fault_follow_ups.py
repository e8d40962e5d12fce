"""An email for each of many rows, each by a follow-up job: made in a step, once, under an id that stays the same."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection

from task.jobs import job
from task.jobs.engine import maintenance
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import retry
from task.jobs.models import Job, State
from task.jobs.testing import Killed, _Killer, assert_survives, execute_all
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = [f"reader{n}@example.com" for n in range(7)]


@job("faults.letter", title="Write to {address}")
def letter(run, address):
    run.mail("emails/workbench", to=[address], context={"name": address})
    return "Written."


@job("faults.ask_letters", title="Have everybody written to")
def ask_letters(run, people):
    for part in run.batches(people, size=3):
        with run.step() as tally:
            for address in part:
                run.then(letter, address=address)
            tally["asked"] += len(part)
    with run.finish("{asked} asked."):
        run.then(letter, address="staff@example.com")


@job("faults.ask_drained", title="Have everybody who waits written to")
def ask_drained(run):
    """Its cursor is the same at each step: nothing but what is done tells the steps apart."""
    for things in run.drain(Thing.objects.filter(waits=True).order_by("pk"), size=2):
        with run.step():
            for _ in things:
                run.then(letter, address="one@example.com")
            Thing.objects.filter(pk__in=[thing.pk for thing in things]).update(waits=False)
    return "Asked."


def ids_of(parent: Job) -> set[UUID]:
    return set(Job.objects.filter(parent=parent).values_list("pk", flat=True))


def killed(parent: Job, before_statement: int) -> bool:
    """Runs the parent until it is killed there, and makes its lease run out. False: it came to its end."""
    killer = _Killer(before_statement)
    with suppress(Killed), connection.execute_wrapper(killer):
        execute(parent.pk)
    Job.objects.filter(state=State.RUNNING).update(lease_until=Now() - timedelta(minutes=1))
    maintenance.rescue_lapsed()
    return killer.dead


def test_each_follow_up_has_its_parent_and_its_owner(alice):
    parent = ask_letters.apply_async(kwargs={"people": PEOPLE}, owner=alice)
    execute_all()
    children = Job.objects.filter(parent=parent)
    assert (children.count(), {child.owner_id for child in children}) == (8, {alice.pk})
    assert {sent.to[0] for sent in mail.outbox} == {*PEOPLE, "staff@example.com"}


def test_an_email_by_a_follow_up_job_for_each_of_many_survives():
    assert assert_survives(ask_letters, people=PEOPLE) > 20


def test_each_id_is_made_of_its_parent_and_not_by_chance():
    parent = ask_letters.delay(people=PEOPLE)
    execute(parent.pk)
    first = ids_of(parent)
    assert {each.version for each in first} == {5}
    Job.objects.filter(parent=parent).delete()
    again = {"state": State.QUEUED, "done": 0, "cursor": None, "tally": {}, "finished": None}
    Job.objects.filter(pk=parent.pk).update(**again)
    execute(parent.pk)
    assert ids_of(parent) == first
    other = ask_letters.delay(people=PEOPLE)
    execute(other.pk)
    assert not ids_of(other) & first


@pytest.mark.parametrize("task", [ask_letters, ask_drained], ids=lambda task: task.kind.name)
def test_a_kill_at_any_place_gives_the_same_ids(task):
    arguments = {"people": PEOPLE} if task is ask_letters else {}
    undisturbed, statement, places = None, 0, 0
    while True:
        Job.objects.all().delete()
        Thing.objects.all().delete()
        Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(5)])
        parent = task.delay(**arguments)
        Job.objects.filter(pk=parent.pk).update(id=UUID(int=1))  # the same parent each time
        parent = Job.objects.get(pk=UUID(int=1))
        died = bool(statement) and killed(parent, statement)
        execute(parent.pk)
        undisturbed = undisturbed or ids_of(parent)
        assert ids_of(parent) == undisturbed, f"killed before statement {statement}"
        if statement and not died:
            break
        statement, places = statement + 1, places + died
    assert places > 10
    assert len(undisturbed) == (8 if task is ask_letters else 5)


def test_two_follow_ups_of_the_same_arguments_are_two():
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(5)])
    parent = ask_drained.delay()
    execute(parent.pk)
    assert len(ids_of(parent)) == 5, "Each is told by its step and its place in it, not by what it is given."


def test_a_retry_by_a_person_makes_no_follow_up_of_a_committed_step_twice():
    parent = ask_letters.delay(people=PEOPLE)
    statement = 0
    while len(taken := ids_of(parent)) < 3:  # the first step is committed
        statement += 1
        killed(parent, statement)
        Job.objects.filter(pk=parent.pk, state=State.QUEUED).update(faults=0)
    Job.objects.filter(pk=parent.pk).update(state=State.FAILED, finished=Now())
    assert retry(Job.objects.get(pk=parent.pk))
    execute_all()
    assert taken < ids_of(parent)
    assert len(ids_of(parent)) == 8
    assert {each.version for each in ids_of(parent)} == {5}
