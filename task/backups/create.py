"""How one backup is made: copy, pack, read back, publish. Whatever dies on the way, no half file and no second one."""

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from task.backups import archive, databases
from task.backups.archive import Contents, Damaged, Heartbeat
from task.backups.models import SUFFIX, Backup, folder, folders_left_out
from task.backups.packing import Changed, Writer
from task.jobs import Fail, RetryLater, Run, reservation
from task.jobs.models import Job
from task.kit.disk import NO_SPACE, fsync_folder, remove_stale

CHECK_SECONDS = 2.0  # between two looks at whether the job is still ours
COPYING, PACKING, READING = "copying the database", "packing it with the media files", "reading it back"


def create(run: Run, backup: Backup) -> Contents:
    """Make the file of this backup, unless it stands there already, and return what it holds once it is read back.

    Raises Fail or RetryLater with a sentence; then no file of this attempt is left.
    """
    backend = databases.backend()
    heartbeat = heartbeat_of(run)
    stem = "." + backup.name.removesuffix(SUFFIX)
    # Another name each time the job is claimed: a worker that was stopped past its lease and woken writes to its own.
    work, packed = (folder() / f"{stem}.{run.job.claims}.{end}" for end in ("copy", "pack"))
    with errors_in_words():
        ensure_folder(folder())
        remove_stale(folder(), f"{stem}.*", run.job.claims)
        try:
            if not backup.path.exists():
                set_stage(run, backup, COPYING)
                head = {"made": Job.objects.now().isoformat(), "vendor": connection.vendor, "job": str(run.job.pk)}
                facts = backend.copy(work, heartbeat)
                set_stage(run, backup, PACKING)
                pack(packed, head, backend.MEMBER, work, facts, heartbeat)
                set_stage(run, backup, READING)
                contents = read_back(packed, work, heartbeat)
                if publish(packed, backup.path, run):
                    return contents
            # It died, or was overtaken, between the file and its row.
            set_stage(run, backup, READING)
            try:
                return read_back(backup.path, work, heartbeat)
            except (Damaged, archive.NotABackup):
                backup.path.unlink(missing_ok=True)  # the next attempt makes it anew
                raise
        finally:
            for path in (work, packed):
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def set_stage(run: Run, backup: Backup, stage: str) -> None:
    """Tell the list page what is done now. A worker that lost the job tells nothing, and stops."""
    with reservation():
        run.check_lease()
        Backup.objects.filter(pk=backup.pk, state=Backup.State.WAITING).update(stage=stage)


def heartbeat_of(run: Run) -> Heartbeat:
    """What long work calls all the time: now and then it looks whether the job is ours and wanted.

    Who calls goes on, so the time limit of a step begins anew: it is for work that hangs, however long a backup takes.
    """
    me, last = threading.get_ident(), time.monotonic()

    def heartbeat() -> None:
        nonlocal last
        if threading.get_ident() == me and time.monotonic() - last > CHECK_SECONDS:
            run.heartbeat()
            last = time.monotonic()

    return heartbeat


def ensure_folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def pack(
    path: Path, head: dict[str, Any], member: str, copy: Path, facts: dict[str, Any], heartbeat: Heartbeat
) -> None:
    with Writer(path, head, heartbeat) as writer:
        writer.add_database(member, copy)
        copy.unlink()  # its place is needed when it is read back
        writer.add_media(Path(settings.MEDIA_ROOT), leave_out=[folder(), *folders_left_out()])
        writer.close(facts)


def read_back(path: Path, work: Path, heartbeat: Heartbeat) -> Contents:
    """Read the file as a restore would: checksums of all that is in it, and the database with its rows counted.

    The rows of each table were counted when the copy was taken, and come at the end of the archive: so the database is
    counted first, and then compared.
    """
    counted: dict[str, int] = {}

    def extract(member: Any, stream: Any) -> None:
        if not member.name.startswith(archive.MEDIA):
            counted.update(databases.backend().count(stream, work, heartbeat))

    contents = archive.read(path, extract, heartbeat)
    if counted != contents.manifest["rows"]:
        raise Damaged(difference(contents.manifest["rows"], counted))
    return contents


def difference(expected: dict[str, int], found: dict[str, int]) -> str:
    table = next(name for name in sorted({*expected, *found}) if expected.get(name) != found.get(name))
    return f"Table {table} had {expected.get(table, 0):,} rows, and the copy has {found.get(table, 0):,}."


def publish(packed: Path, path: Path, run: Run) -> bool:
    """Give the file its name, at once and whole. False: another worker that had this job was first."""
    run.check_lease()
    try:
        os.link(packed, path)
    except FileExistsError:
        return False
    except OSError:  # a disk without links
        os.replace(packed, path)
    fsync_folder(path.parent)
    return True


@contextmanager
def errors_in_words() -> Iterator[None]:
    """What can go wrong with disks and databases, as sentences for the staff."""
    try:
        yield
    except Damaged as fault:
        raise Fail(f"The backup was made, but it can't be read back. {fault}") from fault
    except archive.NotABackup as fault:
        raise Fail("The backup was made, but what was read back is not a backup.") from fault
    except Changed as fault:
        raise RetryLater(f"The media file {fault} was changed while the backup read it.", after=5) from fault
    except OSError as fault:
        raise Fail(sentence_for(fault)) from fault
    except sqlite3.Error as fault:
        if fault.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise Fail(sentence_for(OSError(errno.ENOSPC, ""))) from fault
        if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise RetryLater("The database was locked for too long.") from fault
        raise Fail(f"SQLite could not copy the database: {fault}.") from fault


def sentence_for(fault: OSError) -> str:
    if fault.errno in NO_SPACE:
        return f"The disk is full: BACKUP_DIR ({folder()}) has no room for this backup. Nothing was kept."
    why = fault.strerror or type(fault).__name__
    path, media = Path(fault.filename or folder()), Path(settings.MEDIA_ROOT)
    if path.is_relative_to(media) and not path.is_relative_to(folder()):
        return f"The media file {path.relative_to(media)} can't be read ({why})."
    return f"BACKUP_DIR ({folder()}) can't be written ({why}). All workers need to write there."
