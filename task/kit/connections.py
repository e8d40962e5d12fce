"""A process that works for long keeps its connections to the database, and some break meanwhile."""

import sqlite3

from django.db import InterfaceError, OperationalError, connections

# What servers say of their own state: no connection, ended by them (a pause of ours was too long, a shutdown), writes
# refused (a standby, a full disk), no room left, a lock or a deadlock. All else is a mistake in a statement.
_SQLSTATES = ("08", "25006", "25P03", "25P04", "40", "53", "55006", "55P03", "57", "58")
_SQLITE = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_SCHEMA,
})  # fmt: skip


def drop_broken_connections() -> None:
    """Before work that a broken connection would fail: the next query opens a new one."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def is_unavailable(fault: BaseException | None) -> bool:
    """Whether the database's state made it fail, so that it may work later, and not a mistake in the program.

    The class does not tell: a session that the server ended is an InternalError of psycopg's, a missing table an
    OperationalError of SQLite's. So the driver's own code decides, wherever it stands in the chain of causes.
    """
    bare = False
    for _ in range(20):  # a chain of causes may be a ring
        if fault is None:
            break
        if (code := getattr(fault, "sqlite_errorcode", None)) is not None:
            return (code & 0xFF) in _SQLITE  # the rest of an extended code tells where
        if (state := getattr(fault, "sqlstate", None)) is not None:
            return str(state).startswith(_SQLSTATES)
        if isinstance(fault, sqlite3.Error):
            return False  # the module's own, which asked no database: a value that it can't bind
        bare = bare or isinstance(fault, OperationalError | InterfaceError) or _is_of_a_connection(fault)
        fault = fault.__cause__
    return bare


def _is_of_a_connection(fault: BaseException) -> bool:
    """psycopg's own, in which no server's code stands: there was no server."""
    return any(
        each.__module__.partition(".")[0] == "psycopg" and each.__name__ in ("OperationalError", "InterfaceError")
        for each in type(fault).__mro__
    )
