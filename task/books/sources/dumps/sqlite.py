"""The store as an SQLite file of its own: `openlibrary.sqlite3` in CATALOGUE_DIR, and beside it the one being loaded.

Nothing changes a file that is in place. So who reads it asks for no lock, and sees the next one when it opens it again.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from task.books.sources.dumps import stores
from task.books.sources.dumps.stores import FULL, Facts, Overtaken, Row
from task.jobs import Fail, RetryLater
from task.kit.disk import NO_SPACE, fsync_folder

FREE = 200_000_000  # bytes that are left to the desk, whose own database may be on this disk
LOCK_SECONDS = 20.0  # that one waits for another who writes
# A journal, and no WAL: nearly all that is written is new pages, of which a journal keeps nothing.
PRAGMAS = ("page_size = 16384", "journal_mode = DELETE", "synchronous = NORMAL", "cache_size = -65536")
SCHEMA = (
    "CREATE TABLE fact (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL)",
    "CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE pile (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE moved (number INTEGER PRIMARY KEY, target INTEGER NOT NULL, revision INTEGER NOT NULL)",
    *(
        f"CREATE TABLE {name} (key INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID"
        for name in stores.TABLES
    ),
)
MOVE = """
INSERT INTO moved (number, target, revision) VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE
SET target = excluded.target, revision = excluded.revision WHERE excluded.revision >= moved.revision
"""
FAULTS = (sqlite3.Error,)  # where it can't be read


def path() -> Path:
    return Path(settings.CATALOGUE_DIR) / "openlibrary.sqlite3"


def path_of_new() -> Path:
    return path().with_suffix(".loading")


def is_in_place() -> bool:
    """True where that can't be seen, as without the rights or a share that is away: who opens it then hears of it."""
    try:
        os.stat(path())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


@contextmanager
def faults() -> Iterator[None]:
    """What a disk refuses, as a sentence. Raises Fail, or RetryLater where another has the file."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        if "full" in str(fault):
            raise Fail(FULL) from fault
        if "locked" in str(fault):
            raise RetryLater("Another worker writes to the catalogue.", after=10) from fault
        raise Fail(f"The catalogue could not be written ({fault}). Check CATALOGUE_DIR, then retry.") from fault
    except sqlite3.DatabaseError as fault:
        raise Fail(f"{path_of_new()} is damaged ({fault}). Delete it, then retry.") from fault
    except OSError as fault:
        if fault.errno in NO_SPACE:
            raise Fail(FULL) from fault
        why = fault.strerror or type(fault).__name__
        raise Fail(f"The catalogue could not be written ({why}). Check CATALOGUE_DIR, then retry.") from fault


class Loading(stores.Loading):
    def __init__(self) -> None:
        """Open it, or begin one without facts. Raises Fail."""
        with faults():
            path_of_new().parent.mkdir(parents=True, exist_ok=True)
            # Autocommit: transactions are begun by hand.
            self.connection = sqlite3.connect(path_of_new(), isolation_level=None, timeout=LOCK_SECONDS)
            try:
                for pragma in PRAGMAS:
                    self.connection.execute(f"PRAGMA {pragma}")
                with self._transaction():
                    if not self.connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                        for statement in SCHEMA:
                            self.connection.execute(statement)
                found = self.connection.execute("SELECT value FROM fact").fetchone()
            except BaseException:
                self.connection.close()
                raise
        self.facts = json.loads(found[0]) if found else {}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has ended it
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @contextmanager
    def changing(self, facts: Facts) -> Iterator[None]:
        with faults():
            if shutil.disk_usage(path().parent).free < FREE:
                raise Fail(FULL)
            with self._transaction():
                before, after = json.dumps(self.facts), json.dumps(facts)
                if self.facts:
                    change = self.connection.execute("UPDATE fact SET value = ? WHERE value = ?", (after, before))
                else:
                    first = "INSERT INTO fact (id, value) VALUES (1, ?) ON CONFLICT DO NOTHING"
                    change = self.connection.execute(first, (after,))
                if change.rowcount != 1:
                    raise Overtaken
                yield
        self.facts = facts

    def put(self, table: str, columns: tuple[str, str], rows: Iterable[Row]) -> None:
        self.connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES (?, ?)", rows)  # noqa: S608 -- ours

    def move(self, rows: list[Row]) -> None:
        self.connection.executemany(MOVE, rows)

    def piles(self) -> Iterator[tuple[int, bytes]]:
        with faults(), closing(self.connection.execute("SELECT id, data FROM pile ORDER BY id")) as rows:
            yield from rows

    def remove_piles(self, last: int) -> None:
        self.connection.execute("DELETE FROM pile WHERE id <= ?", (last,))

    def switch(self, check: Callable[[], None]) -> None:
        with faults():
            self.connection.close()
            try:
                handle = os.open(path_of_new(), os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
                check()
                os.replace(path_of_new(), path())
            except FileNotFoundError:
                raise Overtaken from None
            fsync_folder(path().parent)

    def discard(self) -> None:
        self.close()
        for left in (path_of_new(), path_of_new().with_name(f"{path_of_new().name}-journal")):
            left.unlink(missing_ok=True)

    def close(self) -> None:
        self.connection.close()


class Store(stores.Store):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def rows(self, sql: str, *values: int) -> list[Row]:
        return self.connection.execute(sql, values).fetchall()

    def size(self) -> int:
        return path().stat().st_size


@contextmanager
def opened() -> Iterator[Store]:
    address = f"file:{quote(str(path()))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as connection:
        yield Store(connection)
