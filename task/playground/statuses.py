"""How the tasks of a run look: what Celery tells by their ids, and what can honestly be said when it tells nothing.

To Celery a task that it never heard of is PENDING: one that waits, one whose message is lost, one whose record was
cleared away. The row of the run knows more: when it was sent, and what comes before what.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app, states
from celery.result import AsyncResult
from django_celery_results.models import TaskResult

from task.playground.graph import Node
from task.playground.models import PlaygroundRun

PATIENCE = 60  # seconds without a sign after which the page says what that may mean
SENDING = 5  # seconds that a page may need from the row to the last message

WAITING, RUNNING, RETRYING, DONE, FAILED = "waiting", "running", "trying again", "done", "failed"
NEVER_RAN, NO_SIGN, CLEARED, NOT_STARTED = "never ran", "no sign", "cleared away", "never started"
FINAL = (DONE, FAILED, NEVER_RAN, CLEARED, NOT_STARTED)

CLEARED_AWAY = "Celery's record of this task was deleted."
LOST = (
    "No worker has taken it yet. If the broker lost the message, nobody will know: this is why the desk's forms use "
    "jobs."
)


@dataclass
class TaskStatus:
    """One task as the page shows it. Times are ISO texts, so that a look can stand in the run's row."""

    state: str
    sentence: str = ""
    result: Any = None
    started: str = ""
    ended: str = ""
    traceback: str = ""
    done: int = 0
    of: int = 0

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def started_at(self) -> datetime | None:
        return datetime.fromisoformat(self.started) if self.started else None

    @property
    def ended_at(self) -> datetime | None:
        return datetime.fromisoformat(self.ended) if self.ended else None

    @property
    def took(self) -> timedelta | None:
        return self.ended_at - self.started_at if self.ended_at and self.started_at else None


@dataclass
class Record:
    """Celery's record of a task: its state and result by AsyncResult, its times from django-celery-results."""

    state: str
    result: Any
    traceback: str
    started: datetime | None
    changed: datetime


def records_of(nodes: Iterable[Node]) -> dict[str, Record]:
    """What Celery tells of these tasks, by id. Those it has no record of are left out."""
    rows = TaskResult.objects.filter(task_id__in=[node["id"] for node in nodes])
    found = {}
    for row in rows.only("task_id", "date_created", "date_started", "date_done"):
        task = AsyncResult(row.task_id)
        # One look, where .state, .result and .traceback would be three, between which the task goes on.
        now = task.backend.get_task_meta(task.id)
        begun = row.date_started or row.date_created
        found[row.task_id] = Record(now["status"], now["result"], now.get("traceback") or "", begun, row.date_done)
    return found


def records_of_many(nodes: Iterable[Node]) -> dict[str, Record]:
    """The same for a list, in one query where AsyncResult takes one for each task; without the tracebacks."""
    backend: Any = current_app.backend
    rows = TaskResult.objects.filter(task_id__in=[node["id"] for node in nodes])
    found = {}
    for row in rows.defer("task_args", "task_kwargs", "traceback", "meta"):
        record = {"status": row.status, "result": backend.decode_content(row, row.result)}
        begun = row.date_started or row.date_created
        result = backend.meta_from_decoded(record)["result"]
        found[row.task_id] = Record(row.status, result, "", begun, row.date_done)
    return found


def statuses_of(run: PlaygroundRun, now: datetime, known: Mapping[str, Record] | None = None) -> list[list[TaskStatus]]:
    """The looks of a run's tasks, stage by stage. `now` is the database's clock.

    `known`: what Celery tells of these tasks, and maybe of others; it is asked when this is not given.
    """
    if run.outcome:
        return [[TaskStatus(**node["seen"]) for node in stage] for stage in run.graph]
    known = records_of(run.nodes) if known is None else known
    age = (now - run.created).total_seconds()
    never = was_never_sent(run, age) and not any(node["id"] in known for node in run.nodes)
    stages: list[list[TaskStatus]] = []
    for number, stage in enumerate(run.graph):
        before = stages[-1] if stages else []
        later = any(node["id"] in known for after in run.graph[number + 1 :] for node in after)
        since = max([run.published or run.created, *(status.ended_at for status in before if status.ended_at)])
        silent = (now - since).total_seconds() > PATIENCE
        statuses = []
        for node in stage:
            if node["id"] in known:
                statuses.append(_of_record(known[node["id"]], before, now))
            elif node.get("unsent"):
                statuses.append(TaskStatus(NOT_STARTED, "Its message was never sent: the queue went away first."))
            elif never:
                statuses.append(TaskStatus(NOT_STARTED, "Nothing was sent."))
            elif is_forgotten(age):
                statuses.append(TaskStatus(CLEARED, CLEARED_AWAY))
            elif has_failed(before):
                statuses.append(TaskStatus(NEVER_RAN, "The task before it failed, so it was never sent."))
            elif later:
                statuses.append(TaskStatus(CLEARED, CLEARED_AWAY))
            else:
                statuses.append(_without_record(before, silent))
        stages.append(statuses)
    return stages


def was_never_sent(run: PlaygroundRun, age: float) -> bool:
    """Whether a run of `age` seconds, of which Celery has no record, was saved but not published."""
    return run.published is None and (run.ended is not None or age > SENDING)


def is_forgotten(age: float) -> bool:
    """Whether Celery may have cleared away what it knew of a run of `age` seconds (`celery.backend_cleanup`)."""
    keeps: Any = current_app.conf.result_expires
    seconds = keeps.total_seconds() if isinstance(keeps, timedelta) else float(keeps or 0)
    return bool(seconds) and age > seconds


def has_failed(before: list[TaskStatus]) -> bool:
    return any(status.state in (FAILED, NEVER_RAN, NOT_STARTED) for status in before)


def _without_record(before: list[TaskStatus], silent: bool) -> TaskStatus:
    if all(status.state == DONE for status in before):
        return TaskStatus(NO_SIGN, LOST) if silent else TaskStatus(WAITING, "Waiting for a worker.")
    if any(status.state == NO_SIGN for status in before):
        return TaskStatus(WAITING, "Waiting for the task before it, which may never end.")
    return TaskStatus(WAITING, "Waiting for the task before it.")


def _of_record(record: Record, before: list[TaskStatus], now: datetime) -> TaskStatus:
    times: dict[str, Any] = {"started": record.started.isoformat() if record.started else ""}
    silent = (now - record.changed).total_seconds() > PATIENCE
    match record.state:
        case states.SUCCESS:
            return TaskStatus(DONE, result=record.result, ended=record.changed.isoformat(), **times)
        case states.FAILURE | states.REVOKED:
            return _of_failure(record, before, times)
        case states.RETRY if silent:
            return TaskStatus(
                NO_SIGN, "It will be tried again, unless that message was lost: nobody would know.", **times
            )
        case states.RETRY:
            return TaskStatus(RETRYING, "The next try is in a second.", **times)  # why stands at the failed try
        case _ if silent:
            sentence = "A worker took it and has not been heard from since. Celery does not give it to another one."
            return TaskStatus(NO_SIGN, sentence, **times)
    meta = record.result if isinstance(record.result, dict) else {}
    if record.state == "PROGRESS" and isinstance(meta.get("done"), int) and isinstance(meta.get("of"), int):
        sentence = f"{meta['done']} of {meta['of']} steps done."
        return TaskStatus(RUNNING, sentence, done=meta["done"], of=meta["of"], **times)
    return TaskStatus(RUNNING, "A worker is running it.", **times)


def _of_failure(record: Record, before: list[TaskStatus], times: dict[str, Any]) -> TaskStatus:
    name = type(record.result).__name__
    ended: dict[str, Any] = {"ended": record.changed.isoformat(), "traceback": record.traceback}
    if name == "ChordError":
        sentence = f"ChordError: {record.result}. A task of the group failed, so the rest of the chord never ran."
        return TaskStatus(NEVER_RAN, sentence, **ended)
    if has_failed(before):
        return TaskStatus(
            NEVER_RAN,
            f"It never ran: a task before it failed. Celery recorded that failure here too: {name}.",
            **ended,
        )
    if name == "WorkerLostError":
        sentence = "The process that ran it died. Celery recorded that, and gives it to no other worker."
        return TaskStatus(FAILED, sentence, **ended, **times)
    return TaskStatus(FAILED, sentence_of(record.result), **ended, **times)


def sentence_of(fault: Any) -> str:
    """An exception's name and words."""
    name, words = type(fault).__name__, str(fault).strip()
    return f"{name}: {words.rstrip('.')}." if words else f"{name}."


# The run as a whole


def state_of(stages: list[list[TaskStatus]]) -> str:
    """The one word for a run."""
    found = [status.state for stage in stages for status in stage]
    if all(state == NOT_STARTED for state in found):
        return NOT_STARTED
    for state in (FAILED, NO_SIGN, RETRYING, RUNNING):
        if state in found:
            return state
    if WAITING in found:
        return RUNNING if DONE in found else WAITING
    if NOT_STARTED in found or NEVER_RAN in found:
        return FAILED
    return CLEARED if CLEARED in found else DONE


def states_of(runs: Iterable[PlaygroundRun], now: datetime) -> dict[UUID, str]:
    """The one word for each of these runs: what its row keeps, else by the looks that its page shows.

    Two queries, however many they are; the graphs of those that have ended are not read.
    """
    going = [run for run in runs if not run.outcome]
    graphs = dict(PlaygroundRun.objects.filter(pk__in=[run.pk for run in going]).values_list("pk", "graph"))
    for run in going:
        run.graph = graphs.get(run.pk, [])
    known = records_of_many(node for run in going for node in run.nodes)
    return {run.pk: run.outcome or state_of(statuses_of(run, now, known)) for run in runs}


def is_over(run: PlaygroundRun, stages: list[list[TaskStatus]], now: datetime) -> bool:
    """Whether all of it has ended."""
    if not all(status.is_final for stage in stages for status in stage):
        return False
    # What failed a chord is written last, to its last task: wait for it, but not for ever.
    late = [status for status in stages[-1] if status.state == NEVER_RAN and not status.ended]
    return not late or (now - run.created).total_seconds() >= PATIENCE


def words_of(run: PlaygroundRun, stages: list[list[TaskStatus]]) -> str:
    """What came of it: what was stored, else (of a group) the results of its last tasks; "" when there is none."""
    if run.result is not None:
        return figure(run.result)
    last = stages[-1] if stages and all(status.state == DONE for status in stages[-1]) else []
    return ", ".join(figure(status.result) for status in last)


def figure(value: Any) -> str:
    """A number as people write it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
