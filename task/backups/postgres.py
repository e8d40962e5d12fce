"""PostgreSQL: `pg_dump` beside an exported snapshot, so that the rows counted are the rows dumped; and its proof."""

import errno
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.db import connection

from task.backups.archive import PIECE, Damaged, Heartbeat, fresh
from task.backups.models import tables_left_out
from task.jobs import Fail

MEMBER = "database.pgdump"
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
COUNT, ANY = "SELECT count(*) FROM {}", "SELECT EXISTS (SELECT FROM {})"
VISIBLE = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND pg_table_is_visible(c.oid)
AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
COPY = re.compile(rb'COPY (?:[\w"$]+\.)?("(?:[^"]|"")+"|[\w$]+) \(')


def find_program(name: str, at_least: int = 0) -> str:
    """The newest program of that name. Raises Fail when there is none, or none as new as the server."""
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    for pattern in FOLDERS:
        folders += Path("/").glob(pattern[1:])
    found = [(version_of(folder / name), str(folder / name)) for folder in folders if os.access(folder / name, os.X_OK)]
    if not found:
        raise Fail(f"{name} is not on this machine. Install the client programs of PostgreSQL {at_least or ''}.")
    version, path = max(found)
    if version < at_least:
        raise Fail(
            f"{name} is of PostgreSQL {version} here, and the server is {at_least}. Install its client programs."
        )
    return path


def version_of(program: Path) -> int:
    output = subprocess.run(  # noqa: S603 -- a name of ours in a folder of the machine's
        [program, "--version"], capture_output=True, text=True, timeout=20
    ).stdout
    number = re.search(r"(\d+)", output)
    return int(number[1]) if number else 0


def environment() -> dict[str, str]:
    """How a program of PostgreSQL reaches the desk's database. No password is an argument, which others could see."""
    options = {"OPTIONS": {}, **(settings.DIRECT_DATABASE or connection.settings_dict)}
    _, own = connection.client.settings_to_cmd_args_env(options, [])
    named = {
        "PGHOST": options["HOST"],
        "PGPORT": options["PORT"],
        "PGUSER": options["USER"],
        "PGDATABASE": options["NAME"],
    }
    return {**os.environ, **(own or {}), **{name: str(value) for name, value in named.items() if value}, "LC_ALL": "C"}


def is_pooled(connection: Any) -> bool:
    """Whether a pooler stands between: the session that it lends is not the one that the client was told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return bool(cursor.fetchone() != (connection.connection.info.backend_pid,))


def refuse_pooler(connection: Any) -> None:
    """What pg_dump and psql set would stay in a session that the desk gets next, and hide its tables from it."""
    if not settings.DIRECT_DATABASE and is_pooled(connection):
        raise Fail("DATABASE_URL is a PgBouncer. Set DIRECT_DATABASE_URL to PostgreSQL itself, for backups.")


@contextmanager
def run_program(command: list[str], what: str, **pipes: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that must end well. Raises Fail with what it said, OSError when the disk is full."""
    with TemporaryFile() as output:
        child = subprocess.Popen(command, env=environment(), stderr=output, **pipes)  # noqa: S603 -- as above
        try:
            yield child
        except BaseException:
            child.kill()
            raise
        finally:
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    close(pipe)
            code = child.wait()
        if code:
            output.seek(0)
            raise error_of(what, output.read(20_000).decode(errors="replace") or f"it ended with code {code}")


def close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # who read it has ended; its own words say why
        pipe.close()


def error_of(what: str, output: str) -> Exception:
    if os.strerror(errno.ENOSPC) in output:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    lines = [line for line in output.splitlines() if "error" in line.lower()] or output.splitlines()
    words = re.sub(r"^\w+: (error: |\[[\w ()]+\] )*", "", lines[0]).strip()
    return Fail(f"{what}: {words[:300]}")


def copy(target: Path, heartbeat: Heartbeat) -> dict[str, Any]:
    """Dump the desk's database into `target`, and return what is in it: rows per table, migrations."""
    snapshot = connection.copy()  # a connection of its own
    try:
        refuse_pooler(snapshot)
        with snapshot.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version_num')::int")
            name, version = cursor.fetchone()
            program = find_program("pg_dump", version // 10_000)
            tables, rows = tables_of(cursor), rows_of(cursor)
            for table in tables_left_out():
                rows.pop(table, None)  # it comes without rows, which is not even told
            facts = {"rows": rows, "migrations": migrations_of(cursor), "server": str(version)}
            # Not compressed: the archive around it is.
            command = [
                *(program, "--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={name}"),
                *(f"--table={quoted}" for quoted in tables.values()),
                *(f"--exclude-table-data={tables[table]}" for table in tables_left_out() if table in tables),
            ]
            with (
                fresh(target) as file,
                run_program(command, "pg_dump failed", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as dump,
            ):
                assert dump.stdout is not None
                while piece := dump.stdout.read(PIECE):
                    file.write(piece)
                    heartbeat()
    finally:
        snapshot.close()
    return facts


def tables_of(cursor: Any) -> dict[str, str]:
    """The desk's tables by name, each with its schema and quoted: those that it sees, and none of an extension."""
    cursor.execute(VISIBLE)
    quote = connection.ops.quote_name
    return {name: f"{quote(schema)}.{quote(name)}" for schema, name in cursor.fetchall()}


def rows_of(cursor: Any) -> dict[str, int]:
    return {name: fetch_value(cursor, COUNT.format(quoted)) for name, quoted in tables_of(cursor).items()}


def fetch_value(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]


def migrations_of(cursor: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    for app, name in cursor.fetchall():
        found.setdefault(app, []).append(name)
    return found


@contextmanager
def feeding(stream: Any, child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Give a program what comes out of the archive, from a thread, while its answer is read here."""
    faults: list[BaseException] = []

    def feed() -> None:
        assert child.stdin is not None
        try:
            shutil.copyfileobj(stream, child.stdin, PIECE)
        except BrokenPipeError:
            pass
        except BaseException as fault:
            faults.append(fault)
        finally:
            close(child.stdin)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        yield
    except BaseException:
        child.kill()  # else the thread would wait for it
        raise
    finally:
        feeder.join()
    if faults:
        raise faults[0]


def count(stream: Any, work: Path, heartbeat: Heartbeat) -> dict[str, int]:
    """Rows per table that `pg_restore` brings out of the archive. Raises Damaged when it can't read it."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    found: dict[str, int] = {}
    table = None
    try:
        with (
            run_program([find_program("pg_restore"), "--file=-"], "pg_restore can't read it", **pipes) as child,
            feeding(stream, child),
        ):
            assert child.stdout is not None
            for line in child.stdout:
                if table is None:
                    if (begins := COPY.match(line)) and line.rstrip().endswith(b"FROM stdin;"):
                        table = begins[1].strip(b'"').replace(b'""', b'"').decode()
                        found[table] = 0
                elif line == b"\\.\n":
                    table = None
                    heartbeat()
                else:
                    found[table] += 1
    except Fail as fault:
        raise Damaged(f"{fault}") from fault
    return found


# Bringing it back

INTERRUPTED = "A restore was interrupted here."  # stands in PARKED too
# Commits with the rows: no worker takes a job of then before it is ended, whenever a restore is interrupted.
PARKED = """
RESET search_path;
UPDATE jobs_job SET state = 'queued', lease_until = NULL, run_after = '9999-01-01' WHERE state IN ('queued', 'running');
COMMENT ON TABLE jobs_job IS 'A restore was interrupted here.';
COMMIT;
"""
UNKNOWN = b"SET transaction_timeout = 0;"  # said by a pg_dump of 17 and later, and understood by such servers alone


def work_folder() -> Path:
    path = Path(settings.VAR_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def is_there() -> bool:
    return True


def tables_with_rows() -> list[str]:
    """None as well where a restore was interrupted: then it is simply run again."""
    if is_interrupted():
        return []
    with connection.cursor() as cursor:
        return [name for name, quoted in tables_of(cursor).items() if fetch_value(cursor, ANY.format(quoted))]


def is_interrupted() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass('jobs_job'), 'pg_class')")
        return bool(cursor.fetchone() == (INTERRUPTED,))


def check_unused() -> None:
    """PostgreSQL knows it best: psql refuses when it gets no lock, and nothing is changed until it has."""


def schemas_in(work: Path) -> list[str]:
    """Those that its tables need, and that it does not make itself."""
    command = [find_program("pg_restore"), "--list", str(work)]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout  # noqa: S603 -- as above
    used, made = (
        set(re.findall(rf"^\d+; \d+ \d+ {kind} (\S+) ", output, re.MULTILINE)) for kind in ("TABLE", "SCHEMA -")
    )
    return [connection.ops.quote_name(name) for name in sorted(used - made - {"public"})]


def restore(work: Path, finish: Callable[[], None], put_in_place: Callable[[], None]) -> None:
    """All tables in one transaction; then `swap` and `finish`: interrupted, the restore can be run again, whole.

    `work` is gone once they are committed: there is no way back then.
    """
    with connection.cursor() as cursor:
        tables = list(tables_of(cursor).values())
    refuse_pooler(connection)
    connection.close()  # it would wait for our own locks
    psql = [find_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
    pg_restore = [find_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(work)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with (
        run_program(psql, "PostgreSQL refused the restore, and nothing was changed", **pipes) as into,
        suppress(BrokenPipeError),  # psql has ended, and its own words say why
        run_program(pg_restore, "pg_restore can't read it", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as source,
    ):
        assert into.stdin is not None
        assert source.stdout is not None
        into.stdin.write(b"BEGIN;\nSET LOCAL lock_timeout = '20s';\n")
        into.stdin.write("".join(f"CREATE SCHEMA IF NOT EXISTS {name};\n" for name in schemas_in(work)).encode())
        into.stdin.write(f"DROP TABLE {', '.join(tables)} CASCADE;\n".encode() * bool(tables))
        for line in source.stdout:
            if line.rstrip() != UNKNOWN:
                into.stdin.write(line)
        if source.wait() == 0:
            into.stdin.write(PARKED.encode())
    work.unlink()
    put_in_place()
    finish()
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE jobs_job IS NULL")
