"""The database can't be reached, or can't be written, just now: what says so, whatever class the driver gave it."""

import sqlite3
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

# Of SQLite: busy, locked, no memory, read-only, a fault of the disk, full, can't be opened, locked by a crash.
# "No such table" has the code 1 and the same class: that is a fault of ours.
SQLITE_CODES = frozenset({5, 6, 7, 8, 10, 13, 14, 15})
# Of PostgreSQL: classes (connection, resources, an operator or a limit of time, the system), and single states
# (read-only, limits of idle and whole transactions, serialization, deadlock, a lock not to be had).
SQLSTATE_CLASSES = ("08", "53", "57", "58")
SQLSTATES = frozenset({"25006", "25P03", "25P04", "40001", "40P01", "55P03"})


def is_away(fault: BaseException) -> bool:
    """Whether the same would work in a moment, with the same program and the same data."""
    if not isinstance(fault, DatabaseError | InterfaceError):
        return False
    cause = fault.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_CODES
    state = getattr(cause, "sqlstate", None)
    if state:
        return state.startswith(SQLSTATE_CLASSES) or state in SQLSTATES
    if isinstance(fault, OperationalError):
        return True
    return isinstance(fault, InterfaceError) and not isinstance(cause, sqlite3.Error)


def away_in(fault: BaseException | None) -> BaseException | None:
    """`fault`, or what it came from, if that is such a one: a session that can't be saved raises another class."""
    while fault is not None and not is_away(fault):
        fault = fault.__cause__ or fault.__context__
    return fault


def calm(request: HttpRequest) -> None:
    """Put the request back to where it began, so that its answer has nothing to save: no log-in, no message."""
    if hasattr(request, "session"):
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    if hasattr(request, "user"):
        request.__dict__.pop("_cached_user", None)
        request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment]
    if (queue := getattr(getattr(request, "_messages", None), "_queued_messages", None)) is not None:
        queue.clear()
    for _, files in request.FILES.lists():
        for file in files:
            file.seek(0)
