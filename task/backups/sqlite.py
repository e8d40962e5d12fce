"""SQLite: a copy by its backup API while others write, and the proof that the copy is whole."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from task.backups.archive import PIECE, Damaged, Heartbeat, fresh
from task.backups.models import tables_left_out
from task.jobs import Fail

MEMBER = "database.sqlite3"
BESIDE = ("-wal", "-shm", "-journal")
ANY = "SELECT 1 FROM {} LIMIT 1"
PAGES = 2000  # between two looks at whether the job is still ours


def open_file(path: Path, timeout: float = 20) -> sqlite3.Connection:
    """A connection of our own, to a file that is there already."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=timeout)


TABLES = """
SELECT name FROM sqlite_master AS one
WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT EXISTS (
  SELECT 1 FROM sqlite_master AS other WHERE other.sql LIKE 'CREATE VIRTUAL TABLE%'
  AND substr(one.name, 1, length(other.name) + 1) = other.name || '_')
"""


def tables_of(base: sqlite3.Connection) -> list[str]:
    """Those with rows of the desk: none of a text index (FTS5), nor what SQLite keeps one in."""
    return sorted(name for (name,) in base.execute(TABLES))


def rows_of(base: sqlite3.Connection) -> dict[str, int]:
    count = "SELECT count(*) FROM {}"
    return {name: base.execute(count.format(connection.ops.quote_name(name))).fetchone()[0] for name in tables_of(base)}


def copy(target: Path, heartbeat: Heartbeat) -> dict[str, Any]:
    """Copy the desk's database into `target`, and return what is in it: rows per table, migrations.

    The read transaction around it is what matters. Without it SQLite begins the copy anew whenever another connection
    commits, and a desk that writes all the time never gets one; with it the copy is of one moment, however long it
    takes, and nobody waits for it. (`VACUUM INTO` does the same in one go, slower and deaf to a cancel.)
    """
    base = open_file(Path(connection.settings_dict["NAME"]))
    fresh(target).close()
    out = sqlite3.connect(target, isolation_level=None)
    try:
        out.execute("PRAGMA synchronous=OFF")  # it is read back before anybody relies on it
        base.execute("BEGIN")
        facts: dict[str, Any] = {
            "rows": rows_of(base),
            "migrations": migrations_of(base),
            "server": sqlite3.sqlite_version,
        }
        base.backup(out, pages=PAGES, progress=lambda *_: heartbeat(), sleep=0)
        out.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        out.execute("PRAGMA secure_delete=ON")
        for name in set(tables_left_out()) & set(facts["rows"]):
            out.execute(f"DELETE FROM {connection.ops.quote_name(name)}")  # noqa: S608 -- a table of ours
            facts["rows"][name] = 0
    finally:
        out.close()
        base.close()
    return facts


def migrations_of(base: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in base.execute("SELECT app, name FROM django_migrations ORDER BY app, name"):
        found.setdefault(app, []).append(name)
    return found


def count(stream: Any, work: Path, heartbeat: Heartbeat) -> dict[str, int]:
    """Rows per table of the database that comes out of the archive. Raises Damaged when SQLite finds a fault in it."""
    with fresh(work) as file:
        shutil.copyfileobj(stream, file, PIECE)
    base = open_file(work)
    try:
        answers = [words for (words,) in base.execute("PRAGMA integrity_check(5)")]
        if answers != ["ok"]:
            raise Damaged(f"SQLite found the copy damaged: {answers[0]}")
        heartbeat()
        if broken := base.execute("PRAGMA foreign_key_check").fetchall():
            raise Damaged(f"A row of {broken[0][0]} points to a row of {broken[0][2]} that is not there.")
        return rows_of(base)
    except sqlite3.DatabaseError as fault:
        if fault.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise Damaged(f"SQLite found the copy damaged: {fault}.") from fault
        raise
    finally:
        base.close()
        work.unlink()


# Bringing it back


def target() -> Path:
    return Path(connection.settings_dict["NAME"])


def work_folder() -> Path:
    """Where the work is done: beside the database, so that it can take its name."""
    target().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return target().parent


def is_there() -> bool:
    return target().exists() and target().stat().st_size > 0


def tables_with_rows() -> list[str]:
    """Raises DatabaseError when the file is no database."""
    if not is_there():
        return []
    base = open_file(target())
    try:
        return [
            name for name in tables_of(base) if base.execute(ANY.format(connection.ops.quote_name(name))).fetchone()
        ]
    finally:
        base.close()


def is_interrupted() -> bool:
    """Never: the database comes with one rename."""
    return False


def check_unused() -> None:
    """Raises Fail when another has the database open."""
    if not is_there():
        return
    base = open_file(target(), timeout=2)
    try:
        mode = base.execute("PRAGMA journal_mode").fetchone()[0]
        if mode == "wal":
            base.execute("PRAGMA journal_mode=DELETE")
            base.execute("PRAGMA journal_mode=WAL")
        base.execute("BEGIN EXCLUSIVE")
        base.execute("ROLLBACK")
    except sqlite3.DatabaseError as fault:
        refuse_if_used(fault)
    finally:
        base.close()


def refuse_if_used(fault: sqlite3.DatabaseError) -> None:
    """A broken one may be replaced; one in use not."""
    if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        name = connection.settings_dict["NAME"]
        raise Fail(f"The database {name} is in use. Stop what uses it first.") from fault


def restore(work: Path, finish: Callable[[], None], put_in_place: Callable[[], None]) -> None:
    """`finish` works on the file before it takes the name of the database, and `swap` is called just before that.

    Until then the old one stands. Whoever finds `work` later knows that it did not come to it.
    """
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(work)
    try:
        finish()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    into_one_file(work)
    with work.open("rb") as file:
        os.fsync(file.fileno())
    if is_there():
        try:
            into_one_file(target())
        except sqlite3.DatabaseError as fault:
            refuse_if_used(fault)
    for end in BESIDE:  # of a broken one: they would be read into the new one
        Path(f"{name}{end}").unlink(missing_ok=True)
    put_in_place()
    os.replace(work, target())


def into_one_file(path: Path) -> None:
    """What stands in a log beside the file goes into it, and the log is gone. Fails when another has it open."""
    base = open_file(path)
    try:
        if base.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
            raise sqlite3.OperationalError(f"{path} could not be brought into one file")
    finally:
        base.close()
