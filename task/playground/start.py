"""Starting a run: its row with the ids of its tasks is committed first, then Celery's messages are published."""

import logging
from datetime import timedelta
from typing import Any, NamedTuple

from amqp.exceptions import AMQPError
from celery import states
from celery.canvas import Signature
from django.contrib.auth import get_user_model
from django.db import transaction
from django_celery_results.models import ChordCounter, TaskResult
from kombu.exceptions import KombuError

from task.jobs import Now
from task.playground.canvases import MOST_OPEN, Canvas
from task.playground.graph import freeze
from task.playground.models import PlaygroundRun
from task.playground.outcomes import save_outcome
from task.playground.plain import noting_sent
from task.playground.statuses import PATIENCE

log = logging.getLogger("desk.playground")

KEEP_FOR = timedelta(days=7)
REMOVED_AT_ONCE = 100  # old runs that go with each new one


class TooMany(Exception):
    """The person has so many runs on their way that one more has to wait: a sentence."""


class Sent(NamedTuple):
    """How many messages the broker took of those a canvas begins with."""

    taken: int
    of: int


def start(owner: Any, canvas: Canvas, numbers: list[int], unique_key: str | None = None) -> tuple[PlaygroundRun, Sent]:
    """Save a run and publish its canvas.

    Raises IntegrityError when `unique_key` was sent before, and TooMany.
    """
    remove_old_runs()
    run = PlaygroundRun(owner=owner, canvas=canvas.name, inputs=numbers, unique_key=unique_key)
    work = canvas.build(str(run.pk), *numbers)
    run.graph = freeze(work, str(run.pk))
    with transaction.atomic(durable=True):
        # Two at once are counted one by one.
        get_user_model().objects.select_for_update(no_key=True).only("pk").get(pk=owner.pk)
        going = open_runs(owner)
        if len(going) >= MOST_OPEN:
            raise TooMany(f"You have {MOST_OPEN} unfinished runs. Start the next when one of them has ended.")
        if going.count(canvas.name) >= canvas.most_open:
            raise TooMany("Your last run of this kind is still using a worker. Start this one when it has ended.")
        run.save(force_insert=True)
    return run, publish(run, work)


def publish(run: PlaygroundRun, work: Signature) -> Sent:
    """Plain Celery: what the broker does not take now, nobody sends later. So the row says how much it took."""
    with noting_sent() as sent:
        try:
            work.apply_async()
        except (KombuError, AMQPError, OSError) as fault:
            log.warning("The broker did not take all of run %s: %s", run.pk, fault)
    row = PlaygroundRun.objects.filter(pk=run.pk)
    unsent = [node for node in run.graph[0] if node["id"] not in sent]
    if not sent:
        ChordCounter.objects.filter(group_id=work.options.get("task_id")).delete()
        row.update(ended=Now())  # and no outcome: what a broker that hung had in its ear may still run
    elif unsent:
        for node in unsent:
            node["unsent"] = True
        row.update(published=Now(), graph=run.graph)
        save_outcome(run.pk)  # those that were sent may have ended before it was known that they are all
    else:
        row.update(published=Now())
    return Sent(len(sent), len(run.graph[0]))


def open_runs(owner: Any) -> list[str]:
    """The canvases of this person's runs that have not ended. One of which nothing is heard holds nobody up."""
    young = PlaygroundRun.objects.filter(owner=owner, ended=None, created__gt=Now() - timedelta(seconds=PATIENCE))
    last = [(canvas, {node["id"] for node in graph[-1]}) for canvas, graph in young.values_list("canvas", "graph")]
    ids = set().union(*(each for _, each in last))
    ready = TaskResult.objects.filter(task_id__in=ids, status__in=states.READY_STATES)
    over = set(ready.values_list("task_id", flat=True))
    return [canvas for canvas, each in last if not each <= over]


def remove_old_runs() -> None:
    """Runs are kept for a week at least: each new one takes some of those that are older with it."""
    old = PlaygroundRun.objects.filter(created__lt=Now() - KEEP_FOR).order_by("created", "id")
    PlaygroundRun.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:REMOVED_AT_ONCE])).delete()
