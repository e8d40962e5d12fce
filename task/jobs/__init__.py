"""Jobs: the row counts, the broker only wakes a worker, every step commits as a whole.

This is the public face; features import these names, `task.jobs.models`, `.pages`, `.services` and `.testing`, and
nothing of `task.jobs.engine`. The engine, from its floor up, is the order in which to read it:

0  `clock` (the database's), `errors` (what may go wrong), `conf` (every number)
   `models` (the row, and how another row names it), `indexed` (the words of old ones)
1  `registry` (the kinds), `compare_and_swap` (how a row is changed)
2  `guards` (what is refused), `broker` (the notification), `results` (Celery's own record)
   `services` (asking others from a job: `http`, `rate_limit`, `replies`, `mail`; `disk`: files)
3  `enqueue` (a job is saved), `transitions` (all arrows between its states)
4  `run` (loops, step, finish), `maintenance` (what makes sure), `consumer` (how a worker listens)
5  `lease` (a job stays ours)
6  `executor` (a notification runs a job's turn)
7  `declare` (the decorator), `celery` (what the worker's processes do)

Beside it `pages` (a form becomes a job, and the pages that show it), `schedule` and `topic` (how an app declares what
runs by itself, and what its jobs are about), `waiting` (what waits for how long), `testing` (the proof), `api` (jobs
for programs), `checks`, `admin`, `urls`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from task.jobs.engine.broker import publish
    from task.jobs.engine.clock import Now
    from task.jobs.engine.declare import JobTask, job
    from task.jobs.engine.enqueue import amend, hasten, retitle
    from task.jobs.engine.errors import Fail, Misuse, RetryLater, Snooze
    from task.jobs.engine.guards import reservation
    from task.jobs.engine.registry import Kind, ended, kinds, label_of
    from task.jobs.engine.run import Run
    from task.jobs.engine.transitions import cancel, end_restored, retry
    from task.jobs.models import State
    from task.jobs.schedule import Schedule
    from task.jobs.topic import JobTopic
    from task.jobs.waiting import kinds_waiting

_MODULES = {
    "Fail": "engine.errors",
    "JobTask": "engine.declare",
    "JobTopic": "topic",
    "Kind": "engine.registry",
    "Misuse": "engine.errors",
    "Now": "engine.clock",
    "RetryLater": "engine.errors",
    "Run": "engine.run",
    "Schedule": "schedule",
    "Snooze": "engine.errors",
    "State": "models",
    "amend": "engine.enqueue",
    "cancel": "engine.transitions",
    "end_restored": "engine.transitions",
    "ended": "engine.registry",
    "hasten": "engine.enqueue",
    "job": "engine.declare",
    "kinds": "engine.registry",
    "kinds_waiting": "waiting",
    "label_of": "engine.registry",
    "publish": "engine.broker",
    "reservation": "engine.guards",
    "retitle": "engine.enqueue",
    "retry": "engine.transitions",
}
__all__ = [
    "Fail",
    "JobTask",
    "JobTopic",
    "Kind",
    "Misuse",
    "Now",
    "RetryLater",
    "Run",
    "Schedule",
    "Snooze",
    "State",
    "amend",
    "cancel",
    "end_restored",
    "ended",
    "hasten",
    "job",
    "kinds",
    "kinds_waiting",
    "label_of",
    "publish",
    "reservation",
    "retitle",
    "retry",
]


def __getattr__(name: str) -> Any:
    # Late, because Django imports this package before its models are ready. The one late import of the house.
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
