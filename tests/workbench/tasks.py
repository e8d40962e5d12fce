"""One kind for each thing that a job can do."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celery import shared_task
from django.db import connection, transaction

from task.jobs import Fail, RetryLater, Snooze, job, reservation
from task.jobs.models import Job
from tests.workbench.models import Thing

broken: dict[str, Any] = {}  # a test puts an exception here under a kind's name


def stumble(name: str) -> None:
    if (fault := broken.get(name)) is not None:
        raise fault


@job("workbench.empty", title="Do nothing")
def do_nothing(run):
    return "Nothing done."


@job("workbench.make", title="Make {total:,} things")
def make_things(run, total, size=100, batch=0):
    for part in run.batches(range(total), size=size):
        things = [Thing(name=f"{batch}-{n}", batch=batch) for n in part]
        with run.step() as tally:
            Thing.objects.bulk_create(things)
            tally["made"] += len(things)
        stumble("workbench.make")
    return "{made} things made."


@job("workbench.gate", title="Make {total:,} things behind a gate")
def make_behind_gate(run, total, gate):
    for part in run.batches(range(total), size=10):
        things = [Thing(name=f"{n}") for n in part]
        if part.start == total // 2:  # slow work outside a step: it lasts until the test opens the gate
            Path(gate).with_suffix(f".reached.{run.job.claims}").touch()
            while not Path(gate).exists():
                time.sleep(0.01)
        with run.step() as tally:
            Thing.objects.bulk_create(things)
            tally["made"] += len(things)
    return "{made} things made."


@job("workbench.gate_in_step", title="Make {total:,} things, and meet a gate within a step")
def make_with_a_gate_in_a_step(run, total, gate):
    for part in run.batches(range(total), size=10):
        with run.step() as tally:
            Thing.objects.bulk_create([Thing(name=f"{n}") for n in part])
            if part.start == total // 2:
                Path(gate).with_suffix(f".reached.{run.job.claims}").touch()
                while not Path(gate).exists():
                    time.sleep(0.01)
            tally["made"] += len(part)
    return "{made} things made."


@job("workbench.drain", title="Finish the waiting things")
def finish_things(run, size=3):
    for things in run.drain(Thing.objects.filter(waits=True).order_by("pk"), size=size):
        stumble("workbench.drain")
        with run.step() as tally:
            Thing.objects.filter(pk__in=[thing.pk for thing in things]).update(waits=False)
            tally["finished"] += len(things)
    return "{finished} things finished."


@finish_things.ended
def wait_no_more(row: Job) -> None:
    Thing.objects.filter(waits=True).update(waits=False, batch=-1)


@finish_things.retried
def wait_again(row: Job) -> None:
    Thing.objects.filter(batch=-1).update(waits=True, batch=0)


def pages(cursor: Any) -> Iterator[tuple[list[str], int]]:
    for page in itertools.count(cursor or 0):
        if page == 3:
            return
        yield [f"p{page}-{n}" for n in range(2)], page + 1


@job("workbench.walk", title="Walk through three pages")
def walk_pages(run):
    for names in run.walk(pages):
        with run.step() as tally:
            Thing.objects.bulk_create([Thing(name=name) for name in names])
            tally["read"] += len(names)
    with run.finish("{read} read."):
        run.then(make_things, total=4, size=2, batch=7)


@job("workbench.mail", title="Write to {address}")
def write_to(run, address):
    run.mail("emails/workbench", to=[address], context={"name": "reader"})
    with run.finish("Written."):
        Thing.objects.create(name=f"mail to {address}")


@job("workbench.reserve", title="Reserve and go on")
def reserve(run):
    with reservation():
        Thing.objects.update_or_create(name="reserved", defaults={"batch": 1})
    stumble("workbench.reserve")
    return "Reserved."


@job("workbench.refuse", title="Ask for what is not to be had")
def refuse(run):
    raise Fail("There is no such thing. Ask for another one.")


@job("workbench.wait", title="Wait for somebody")
def wait_for(run, counts=True):
    if counts:
        raise RetryLater("They ask us to wait.")
    raise Snooze("They ask us to wait.", after=60)


@job("workbench.misuse", title="Do it wrongly: {how}")
def misuse(run, how):
    match how:
        case "write outside":
            Thing.objects.create(name="outside")
        case "delete outside":
            Thing.objects.all().delete()
        case "write outside, commented":
            with connection.cursor() as cursor:
                cursor.execute("-- a word before it\n/* and another */ UPDATE workbench_thing SET name = 'outside'")
        case "no step":
            for _ in run.batches(range(3), size=1):
                pass
        case "two steps":
            for _ in run.batches(range(3), size=1):
                with run.step():
                    pass
                with run.step():
                    pass
        case "step outside":
            with run.step():
                pass
        case "queryset":
            for _ in run.batches(Thing.objects.all()):
                pass
        case "no drain":
            for _ in run.drain(Thing.objects.all()):
                with run.step():
                    pass
        case "mail in step":
            for _ in run.batches(range(1)):
                with run.step():
                    run.mail("emails/workbench", to=["a@example.com"], context={})
        case "http in step":
            from task.jobs.services.http import fetch

            for _ in run.batches(range(1)):
                with run.step():
                    fetch("http://127.0.0.1:9/")
        case "then outside":
            run.then(do_nothing)
        case "step in a transaction":
            with transaction.atomic():
                for _ in run.batches(range(2)):
                    with run.step():
                        pass
        case "two loops":
            for _ in range(2):
                for _ in run.batches(range(2)):
                    with run.step():
                        pass
        case "finish twice":
            with run.finish():
                pass
            with run.finish():
                pass
        case "swallow":
            for _ in run.batches(range(3), size=1):
                try:
                    with run.step():
                        Job.objects.filter(pk=run.job.pk).update(claims=99)
                except Exception:
                    Thing.objects.create(name="swallowed")


@job("workbench.early", title="Stop early")
def stop_early(run):
    for part in run.batches(range(100), size=4):
        with run.step() as tally:
            tally["made"] += len(part)
        break
    return "{made} made."


@job("workbench.braces", title="Say what somebody else wrote")
def braces(run):
    return "Read {0.x}, {run.__class__}, {made:>9000000}, {made} and {"


@job("workbench.odd_words", title="Say what no database takes")
def odd_words(run, how):
    words = "caf\udce9 \0."
    if how == "return":
        return words
    raise {"temporary": RetryLater, "refused": Fail, "mistake": ValueError}[how](words)


# Two that are wrong on purpose: the proof must find them.


@job("workbench.forgetful", title="Count in a local variable")
def forgetful(run):
    made = 0
    for part in run.batches(range(4), size=2):
        with run.step():
            made += len(part)
    return f"{made} made."


@job("workbench.doubling", title="Make rows as if they were reservations")
def doubling(run):
    for part in run.batches(range(4), size=2):
        with reservation():
            Thing.objects.bulk_create([Thing(name=f"{run.job.claims}-{n}") for n in part])
        with run.step():
            pass


@job("workbench.hook", title="End with a hook that is wrong")
def with_bad_hook(run):
    return "Done."


@with_bad_hook.ended
def wrong_hook(row: Job) -> None:
    raise ValueError("This hook is wrong")


@shared_task(name="workbench.ordinary")  # no job: a task of Celery's, as the desk's host may have others
def ordinary(gate: str) -> None:
    Path(gate).with_suffix(".began").touch()
    while not Path(gate).exists():
        time.sleep(0.01)
    Path(gate).with_suffix(".done").touch()
