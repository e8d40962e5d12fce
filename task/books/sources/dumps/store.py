"""The store as an SQLite file of its own: `openlibrary.sqlite3` in CATALOGUE_DIR, and beside it the one being loaded.

Nothing changes a file that is in place. So who reads it asks for no lock, and sees the next one when it opens it again.
"""

import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings

from task.books.sources.dumps.batch import PILES, PLACE, Batch
from task.jobs import Fail
from task.kit.disk import NO_SPACE, fsync_folder

log = logging.getLogger("desk.sources")

TABLES = ("isbn", "work", "author")  # by the kind of a record
FREE = 200_000_000  # bytes that are left to the desk, whose own database may be on this disk
AT_ONCE = 200_000  # places that become a table in one transaction: about a second
FULL = "The disk is full, so the catalogue could not be loaded. The one before stays. Free some space, then retry."
SCHEMA = """
CREATE TABLE fact (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL);
CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE pile (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE moved (number INTEGER PRIMARY KEY, target INTEGER NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE isbn (key INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID;
CREATE TABLE work (key INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID;
CREATE TABLE author (key INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID;
"""
MOVE = """
INSERT INTO moved (number, target, revision) VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE
SET target = excluded.target, revision = excluded.revision WHERE excluded.revision >= moved.revision
"""

Facts = dict[str, Any]


class Overtaken(Exception):
    """Somebody else has loaded on."""


def path() -> Path:
    return Path(settings.CATALOGUE_DIR) / "openlibrary.sqlite3"


def path_of_new() -> Path:
    return path().with_suffix(".loading")


def moved_number(kind: int, number: int) -> int:
    return number * 4 + kind


@contextmanager
def faults() -> Iterator[None]:
    """What a disk refuses, as a sentence. Raises Fail."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        if "full" in str(fault):
            raise Fail(FULL) from fault
        raise Fail(f"The catalogue could not be written ({fault}). Check CATALOGUE_DIR, then retry.") from fault
    except sqlite3.DatabaseError as fault:
        raise Fail(f"{path_of_new()} is damaged ({fault}). Delete it, then retry.") from fault
    except OSError as fault:
        if fault.errno in NO_SPACE:
            raise Fail(FULL) from fault
        why = fault.strerror or type(fault).__name__
        raise Fail(f"The catalogue could not be written ({why}). Check CATALOGUE_DIR, then retry.") from fault


class Loading:
    """The store that is being loaded. `facts` are those of the last transaction; who commits names them."""

    def __init__(self) -> None:
        """Open it, or begin one without facts. Raises Fail."""
        with faults():
            path_of_new().parent.mkdir(parents=True, exist_ok=True)
            # Autocommit: transactions are begun by hand.
            self.connection = sqlite3.connect(path_of_new(), isolation_level=None, timeout=20)
            try:
                # A journal, and no WAL: nearly all that is written is new pages, of which a journal keeps nothing.
                for pragma in (
                    "page_size = 16384",
                    "journal_mode = DELETE",
                    "synchronous = NORMAL",
                    "cache_size = -65536",
                ):
                    self.connection.execute(f"PRAGMA {pragma}")
                with self.writing():
                    if not self.connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                        for statement in SCHEMA.strip().split(";\n"):
                            self.connection.execute(statement)
                found = self.connection.execute("SELECT value FROM fact").fetchone()
            except BaseException:
                self.connection.close()
                raise
        self.facts: Facts = json.loads(found[0]) if found else {}

    @contextmanager
    def writing(self) -> Iterator[None]:
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
        """One transaction, which commits where nobody has committed since. Raises Overtaken, and Fail."""
        with faults():
            if shutil.disk_usage(path().parent).free < FREE:
                raise Fail(FULL)
            with self.writing():
                if self.facts:
                    before, after = json.dumps(self.facts), json.dumps(facts)
                    change = self.connection.execute("UPDATE fact SET value = ? WHERE value = ?", (after, before))
                    is_ours = change.rowcount == 1
                else:
                    first = "INSERT INTO fact (id, value) VALUES (1, ?) ON CONFLICT DO NOTHING"
                    is_ours = self.connection.execute(first, (json.dumps(facts),)).rowcount == 1
                if not is_ours:
                    raise Overtaken
                yield
        self.facts = facts

    def begin(self, facts: Facts) -> None:
        with self.changing(facts):
            pass

    def add(self, batch: Batch, facts: Facts) -> None:
        """What a step has read. `facts` count the steps: a pile has a part of each."""
        step = facts["steps"]
        piles = [(pile << PLACE | step, batch.piles[pile].tobytes()) for pile in sorted(batch.piles)]
        moved = [(moved_number(*key), each.to, each.revision) for key, each in sorted(batch.moved.items())]
        with self.changing(facts):
            self.connection.executemany("INSERT INTO block (id, data) VALUES (?, ?)", batch.blocks())
            self.connection.executemany("INSERT INTO pile (id, data) VALUES (?, ?)", piles)
            self.connection.executemany(MOVE, moved)

    def arrange(self, facts: Facts) -> bool:
        """Some more of the piles become tables. Whether there were any."""
        with faults():
            last, places = self._next_piles()
            if last is None:
                return False
            with self.changing(facts):
                for kind, table in enumerate(TABLES):
                    rows = ((each >> PLACE, each & (1 << PLACE) - 1) for each in sorted(places[kind]))
                    self.connection.executemany(f"INSERT INTO {table} (key, place) VALUES (?, ?)", rows)  # noqa: S608 -- ours
                self.connection.execute("DELETE FROM pile WHERE id <= ?", (last,))
        return True

    def _next_piles(self) -> tuple[int | None, list[set[int]]]:
        last, count = None, 0
        places: list[set[int]] = [set() for _ in TABLES]
        with closing(self.connection.execute("SELECT id, data FROM pile ORDER BY id")) as rows:
            for last, data in rows:
                some = memoryview(data).cast("Q")
                places[(last >> PLACE) // PILES].update(some)
                count += len(some)
                if count >= AT_ONCE:
                    break
        return last, places

    def switch(self) -> None:
        """All of it is there: from now on it answers. Raises Overtaken where another has done so."""
        with faults():
            self.connection.close()
            try:
                handle = os.open(path_of_new(), os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
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


# The one in place


class Store:
    """Each question is a few reads by a key, however much is in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def facts(self) -> Facts:
        found: Facts = json.loads(self.connection.execute("SELECT value FROM fact").fetchone()[0])
        return found

    def places(self, kind: int, key: int, most: int) -> list[int]:
        sql = f"SELECT place FROM {TABLES[kind]} WHERE key = ? ORDER BY place LIMIT ?"  # noqa: S608 -- ours
        return [place for (place,) in self.connection.execute(sql, (key, most))]

    def block(self, number: int) -> bytes:
        found: bytes = self.connection.execute("SELECT data FROM block WHERE id = ?", (number,)).fetchone()[0]
        return found

    def moved(self, kind: int, number: int) -> tuple[int, int] | None:
        """Where it leads, and since which revision."""
        sql = "SELECT target, revision FROM moved WHERE number = ?"
        found: tuple[int, int] | None = self.connection.execute(sql, (moved_number(kind, number),)).fetchone()
        return found


@contextmanager
def opened() -> Iterator[Store | None]:
    """The catalogue in place; None without one."""
    if not is_in_place():
        yield None
        return
    address = f"file:{quote(str(path()))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as connection:
        yield Store(connection)


def is_in_place() -> bool:
    return path().exists()


def facts_in_place() -> Facts | None:
    """None without one, or where it can't be read."""
    try:
        with opened() as store:
            return {**store.facts(), "size": path().stat().st_size} if store else None
    except (sqlite3.Error, OSError, ValueError, TypeError) as fault:
        log.error("The local catalogue %s can't be read: %s", path(), fault)
        return None
