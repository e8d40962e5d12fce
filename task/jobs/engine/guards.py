"""What would lose or double work is refused with a sentence, always, not only in tests."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction

from task.jobs.engine.errors import Misuse
from task.jobs.models import Job

_BEFORE = r"(?:\s|\(|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*"
_WRITE = re.compile(
    _BEFORE + r"(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|COPY|CREATE|ALTER|DROP)", re.IGNORECASE | re.DOTALL
)
_WITH = re.compile(_BEFORE + r"WITH\b", re.IGNORECASE | re.DOTALL)
# What stands in a text, a name or a comment does nothing
_QUOTED = re.compile(
    r"""--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/"""
    r"""|(?<!\w)E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\$((?:[a-z_]\w*)?)\$.*?\$\1\$""",
    re.IGNORECASE | re.DOTALL,
)
# A statement begins behind the bracket that opens a part, or behind the last part's: not "FOR UPDATE", nor replace(…)
_WRITE_WITHIN = re.compile(
    r"[()]\s*(INSERT\s+(OR\s+\w+\s+)?INTO|REPLACE\s+INTO|DELETE\s+FROM|MERGE\s+INTO|UPDATE\s+[\w\"])", re.IGNORECASE
)
_allowed: ContextVar[bool] = ContextVar("writes_allowed", default=False)
_outside: ContextVar[tuple[bool, int] | None] = ContextVar("depth_outside_steps", default=None)
_in_step: ContextVar[bool] = ContextVar("in_step", default=False)


@dataclass
class Place:
    """A step, the finish or the end of a job: what is enqueued there is a follow-up, whose id is made of it.

    So a follow-up that a rolled-back step had made, and its successor makes again, is the same job.
    """

    job: Job
    name: str
    next_ordinals: dict[str, int] = field(default_factory=dict)  # by kind
    owner_id: Any = None  # whose the follow-ups are: read with the first, since an account may have gone


_place: ContextVar[Place | None] = ContextVar("place", default=None)


def _writes(sql: str) -> bool:
    if _WITH.match(sql):
        return _WRITE_WITHIN.search(_QUOTED.sub(_bare, sql)) is not None
    return _WRITE.match(sql) is not None


def _bare(found: re.Match[str]) -> str:
    """A comment is a space, a name stays a name of nothing."""
    return {"-": " ", "/": " ", '"': '""', "`": '""'}.get(found[0][0], "''")


def _guard(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if not _allowed.get() and _writes(sql):
        raise Misuse(
            "A job wrote to the database outside `run.step()` and `run.finish()`, "
            "where a restart would lose or double it: " + sql[:80]
        )
    return execute(sql, params, many, context)


@contextmanager
def refuse_writes() -> Iterator[None]:
    """Refuse writes outside steps on all connections of this thread while a job's function runs."""
    depth = _outside.set(_depth())
    with ExitStack() as stack:
        stack.callback(_outside.reset, depth)
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(_guard))
        yield


def _depth() -> tuple[bool, int]:
    connection = transaction.get_connection()
    return connection.in_atomic_block, len(connection.savepoint_ids)


def refuse_in_transaction(what: str) -> None:
    """Raise Misuse when the job opened a transaction of its own: what a step commits in it, it could still lose."""
    if _outside.get() not in (None, _depth()):
        raise Misuse(f"A job tried to {what} inside a transaction of its own: the step is the transaction.")


@contextmanager
def allow_writes(place: Place | None = None) -> Iterator[None]:
    """The engine's own transactions: where writes belong. With a place: a step, a finish or an end."""
    allowed, in_step = _allowed.set(True), _in_step.set(place is not None or _in_step.get())
    before = _place.set(place or _place.get())
    try:
        yield
    finally:
        _allowed.reset(allowed)
        _in_step.reset(in_step)
        _place.reset(before)


def place() -> Place | None:
    """Where a job is just now: None outside a step, a finish and an end.

    Raises Misuse in the middle of a job, where what is enqueued would be enqueued again after a restart.
    """
    found = _place.get()
    if found is None and _outside.get() is not None:
        raise Misuse(
            "A job enqueued another one outside `run.step()` and `run.finish()`, where a restart would do it again: "
            "do it inside one of them."
        )
    return found


@contextmanager
def reservation() -> Iterator[None]:
    """A short transaction of its own for rows that only coordinate (a rate limit, a reservation that time releases).

    It stands when the job dies a moment later, and may be made twice: nothing of a job's result belongs here.
    """
    refuse_in_step("make a reservation")
    refuse_in_transaction("make a reservation")
    with transaction.atomic(), allow_writes():
        yield


def in_step() -> bool:
    return _in_step.get()


def refuse_in_step(what: str) -> None:
    """Raise Misuse when a step or finish is open: it holds the database's write lock and may be rolled back."""
    if _in_step.get():
        raise Misuse(f"A job tried to {what} inside a step: do it before the step, which only writes what is ready.")
