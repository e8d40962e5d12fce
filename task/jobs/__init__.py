"""The job engine: one row is the truth, the broker is a doorbell, every step commits whole.

Read in this order: `models` (the row), `intake` (submit), `kinds` (the decorator), `run` (loops, step, finish),
`worker` (claim, faults, hand-over), `sweep` (what makes sure), `testing` (the proof).
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
