"""The job engine: one row is the truth, the broker is a doorbell, every step commits whole.

The engine, in the order in which to read it:
in       `models` (the row), `kinds` (the decorator), `intake` (submit), `bell` (the ring)
through  `swap` (how a row is changed), `claim` (a job becomes ours), `worker` (what a ring starts), `run` (loops, step,
         finish), `guards` (what is refused), `faults` (what may go wrong), `lease` (it stays ours), `ending` (all ends)
safe     `sweep` (what makes sure), `testing` (the proof)

Around it:
pages    `form_view` (a form becomes a job), `form_values`, `once_more` and `away` (the database can't take it), `urls`,
         `views`, `access`, `lists`, `parts`, `timeline`, `how`, `plug`, `home`, `admin`, `paginator`
others   `outside` (asking other services: `http`, `pace`, `answers`), `mail`
helps    `clock` (the database's), `connections`, `disk`, `keys`, `staff`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from task.jobs.faults import Misuse, Refused, Temporary
    from task.jobs.guards import reservation
    from task.jobs.intake import submit
    from task.jobs.kinds import ended, job

_ROOMS = {
    "Misuse": "faults",
    "Refused": "faults",
    "Temporary": "faults",
    "ended": "kinds",
    "job": "kinds",
    "reservation": "guards",
    "submit": "intake",
}
__all__ = ["Misuse", "Refused", "Temporary", "ended", "job", "reservation", "submit"]


def __getattr__(name: str) -> Any:
    # Late, because Django imports this package before its models are ready.
    if name in _ROOMS:
        return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
