"""How a run ended is kept in its row, for Celery forgets after a day, and each try that failed.

Its workers see to it, whoever looks or not.
"""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from billiard.exceptions import WorkerLostError
from celery import signals

from task.jobs import Now
from task.playground.graph import RUN
from task.playground.models import FailedTry, PlaygroundRun
from task.playground.plain import PlainTask
from task.playground.statuses import NOT_STARTED, is_over, sentence_of, state_of, statuses_of

DAY = timedelta(days=1)


def save_outcome(pk: UUID | str) -> None:
    """Keep how a run ended, once all of it has.

    Each of its tasks asks for it after Celery's record of its own end is committed. So of two that end at once the
    later one sees both; should both see all, the first to write has written it.
    """
    run: Any = PlaygroundRun.objects.annotate(now=Now()).filter(pk=pk, outcome="").first()
    if run is None:
        return
    stages = statuses_of(run, run.now)
    outcome = state_of(stages)
    # What was never started, as far as its form could tell, may run all the same: a message that the broker had in its
    # ear while it hung, or a process that died before it could say that it had published.
    if outcome == NOT_STARTED or not is_over(run, stages, run.now):
        return
    for nodes, seen in zip(run.graph, stages, strict=True):
        for node, status in zip(nodes, seen, strict=True):
            node["seen"] = asdict(status)
    PlaygroundRun.objects.filter(pk=pk, outcome="").update(graph=run.graph, ended=Now(), outcome=outcome)


@signals.task_postrun.connect
def _save_after_a_task(task: Any, **_: Any) -> None:
    if isinstance(task, PlainTask) and (run := task.request.get(RUN)):
        save_outcome(run)


@signals.task_retry.connect
def _save_a_failed_try(sender: Any, request: Any, reason: Any = None, **_: Any) -> None:
    """Without a reason it is no try: Celery lets go of what runs when it loses the broker."""
    if reason is not None and isinstance(sender, PlainTask) and (run := request.get(RUN)):
        sentence = sentence_of(reason.exc or reason)[:500]
        failed = FailedTry(run_id=run, task_id=request.id, number=request.retries + 1, sentence=sentence)
        FailedTry.objects.bulk_create([failed], ignore_conflicts=True)


@signals.task_failure.connect
def _save_after_a_death(sender: Any, task_id: str, exception: BaseException, **_: Any) -> None:
    """The main process wrote down that a process of its pool died. It has not read the message's headers."""
    if isinstance(sender, PlainTask) and isinstance(exception, WorkerLostError):
        open_ones = PlaygroundRun.objects.filter(outcome="", created__gt=Now() - DAY)
        for run in open_ones.only("graph"):
            if any(node["id"] == task_id for node in run.nodes):
                save_outcome(run.pk)
