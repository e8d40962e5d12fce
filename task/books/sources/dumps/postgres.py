"""The store in PostgreSQL, for workers and web processes on several machines: the tables of a schema of its own.

Backups have the tables that the desk sees by their bare names, so these are in none. The store that is being loaded is
a schema beside it; renamed, it is the one in place. It is written over a connection of its own: the desk's own one
belongs to the steps of the job.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, ProgrammingError, connection

from task.books.sources.dumps import stores
from task.books.sources.dumps.stores import FULL, Facts, Overtaken, Row
from task.jobs import Fail, RetryLater

IN_PLACE, NEW = "openlibrary", "openlibrary_loading"
SOME = 500  # piles that are read at once
REMEMBERED = 5.0  # seconds that a process knows whether there is one
FULL_DISK, NO_RIGHT, LOCKED = "53100", "42501", "55P03"
SCHEMA = (
    f"CREATE SCHEMA {NEW}",
    f"CREATE TABLE {NEW}.fact (id int PRIMARY KEY CHECK (id = 1), value text NOT NULL)",
    f"CREATE TABLE {NEW}.block (id int PRIMARY KEY, data bytea NOT NULL)",
    f"ALTER TABLE {NEW}.block ALTER COLUMN data SET STORAGE EXTERNAL",  # it is compressed
    f"CREATE TABLE {NEW}.pile (id bigint PRIMARY KEY, data bytea NOT NULL)",
    f"CREATE TABLE {NEW}.moved (number bigint PRIMARY KEY, target int NOT NULL, revision int NOT NULL)",
    *(
        f"CREATE TABLE {NEW}.{name} (key int NOT NULL, place int NOT NULL, PRIMARY KEY (key, place))"
        for name in stores.TABLES
    ),
)
TYPES = {"block": ("int4", "bytea"), "pile": ("int8", "bytea")}
MOVE = f"""
INSERT INTO {NEW}.moved AS before (number, target, revision) VALUES (%s, %s, %s) ON CONFLICT (number) DO UPDATE
SET target = excluded.target, revision = excluded.revision WHERE excluded.revision >= before.revision
"""  # noqa: S608 -- ours
FAULTS = (ProgrammingError,)  # where it can't be read: it was switched that moment

_known: dict[str, tuple[bool, float]] = {}  # by the database: whether one is in place, and when that was asked


def is_in_place() -> bool:
    name = str(connection.settings_dict["NAME"])
    found, at = _known.get(name, (False, 0.0))
    if not at or time.monotonic() - at > REMEMBERED:
        found = is_there(IN_PLACE)
        _known[name] = found, time.monotonic()
    return found


def is_there(schema: str) -> bool:
    """Past Django's cursor: who counts questions should see no difference between this one asked and remembered."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        found = connection.connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.fact"])
        return bool(found.fetchone()[0])


class Loading(stores.Loading):
    def __init__(self) -> None:
        """Open it, or begin one without facts. Raises Fail."""
        self.own = connection.copy()
        try:
            with self._transaction():
                # Of two that begin at once the second sees what the first has made.
                self._execute("SELECT pg_advisory_xact_lock(hashtext(%s))", NEW)
                if not self._execute("SELECT to_regclass(%s)", f"{NEW}.fact").fetchone()[0]:
                    for statement in SCHEMA:
                        self._execute(statement)
                found = self._execute(f"SELECT value FROM {NEW}.fact").fetchone()  # noqa: S608 -- ours
        except BaseException:
            self.close()
            raise
        self.facts = json.loads(found[0]) if found else {}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self.own.ensure_connection()
            with self.own.wrap_database_errors, self.own.connection.transaction():
                yield
        except DatabaseError as fault:
            state = getattr(fault.__cause__, "sqlstate", None)
            if state == FULL_DISK:
                raise Fail(FULL) from fault
            if state == NO_RIGHT:
                raise Fail(f"The database refuses: {fault}. Let its user CREATE schemas in it, then retry.") from fault
            if state == LOCKED:
                raise RetryLater("The old catalogue is in use.") from fault
            raise

    def _execute(self, sql: str, *values: Any) -> Any:
        return self.own.connection.execute(sql, values)

    @contextmanager
    def changing(self, facts: Facts) -> Iterator[None]:
        with self._transaction():
            # What a crash takes of it, it takes with the position.
            self._execute("SET LOCAL synchronous_commit = off")
            before, after = json.dumps(self.facts), json.dumps(facts)
            if self.facts:
                change = self._execute(f"UPDATE {NEW}.fact SET value = %s WHERE value = %s", after, before)  # noqa: S608
            else:
                first = f"INSERT INTO {NEW}.fact (id, value) VALUES (1, %s) ON CONFLICT DO NOTHING"  # noqa: S608
                change = self._execute(first, after)
            if change.rowcount != 1:
                raise Overtaken
            yield
        self.facts = facts

    def put(self, table: str, columns: tuple[str, str], rows: Iterable[Row]) -> None:
        sql = f"COPY {NEW}.{table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with self.own.connection.cursor() as cursor, cursor.copy(sql) as copy:
            copy.set_types(TYPES.get(table, ("int4", "int4")))
            for row in rows:
                copy.write_row(row)

    def move(self, rows: list[Row]) -> None:
        with self.own.connection.cursor() as cursor:
            cursor.executemany(MOVE, rows)

    def piles(self) -> Iterator[tuple[int, bytes]]:
        last = -1
        sql = f"SELECT id, data FROM {NEW}.pile WHERE id > %s ORDER BY id LIMIT {SOME}"  # noqa: S608 -- ours
        while True:
            with self._transaction():
                rows = self._execute(sql, last).fetchall()
            if not rows:
                return
            for last, data in rows:
                yield last, data

    def remove_piles(self, last: int) -> None:
        self._execute(f"DELETE FROM {NEW}.pile WHERE id <= %s", last)  # noqa: S608 -- ours

    def switch(self, check: Callable[[], None]) -> None:
        with self._transaction():
            self._execute("SET LOCAL lock_timeout = '20s'")
            if not self._execute("SELECT to_regclass(%s)", f"{NEW}.fact").fetchone()[0]:
                raise Overtaken
            check()
            self._execute(f"DROP TABLE {NEW}.pile")
            self._execute(f"DROP SCHEMA IF EXISTS {IN_PLACE} CASCADE")
            self._execute(f"ALTER SCHEMA {NEW} RENAME TO {IN_PLACE}")
        _known.clear()

    def discard(self) -> None:
        with self._transaction():
            self._execute(f"DROP SCHEMA IF EXISTS {NEW} CASCADE")
        self.close()

    def close(self) -> None:
        self.own.close()


class Store(stores.Store):
    def rows(self, sql: str, *values: int) -> list[Row]:
        named = sql.replace("[", f"{IN_PLACE}.").replace("]", "").replace("?", "%s")
        with connection.cursor() as cursor:
            cursor.execute(named, values)
            found: list[Row] = cursor.fetchall()
            return found

    def size(self) -> int:
        sql = "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} WHERE n.nspname = %s AND c.relkind = 'r'", [IN_PLACE])
            return int(cursor.fetchone()[0])


@contextmanager
def opened() -> Iterator[Store]:
    yield Store()
