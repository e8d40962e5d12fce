"""Bringing a backup back. All that could refuse it comes first; the database, which makes it true, comes last."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tarfile import TarInfo
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from task.backups import archive, databases
from task.backups.after_restore import finish_restore
from task.backups.archive import PIECE, Contents, Hashed, fresh
from task.backups.restore_media import MediaTree, ensured, first_file, remove_interrupted
from task.jobs import Fail, Now
from task.jobs.models import Worker
from task.kit.disk import NO_SPACE

# Tables that have rows on a desk that was started once and never used.
FRESH_TABLES = ("django_", "auth_permission", "jobs_worker", "schedules_")
ALIVE = timedelta(seconds=15)  # a worker says every 5 s that it lives
SPARE = 20_000_000  # bytes

Say = Callable[[str], Any]


class RestoreError(Exception):
    """It is refused, or failed: a sentence that says why, and what is now."""


def restore(path: Path, *, force: bool, say: Say) -> None:
    """Bring back the backup `path`. Raises No with one sentence; until its last moment the old database stands."""
    with errors_in_words(path), exclusive(Path(settings.VAR_DIR)):
        say(f"Reading {path.name}.")
        contents = archive.read(path)
        check_origin(contents)
        backend = databases.backend()
        check_database(backend, force)
        remove_interrupted(backend.work_folder())
        check_media(backend, force)
        check_space(contents, backend.work_folder())
        media = contents.manifest["media"]["files"]
        say(f"Restoring {media:,} media file{'' if media == 1 else 's'} and the database.")
        sentences = restore_files(path, contents, backend)
        for words in sentences:
            say(words)
        rows = sum(contents.manifest["rows"].values())
        say(f"Restored: {rows:,} rows, as they were at {contents.manifest['made'][:19].replace('T', ' ')} UTC.")
        say("You can start the desk now.")


@contextmanager
def errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except archive.NotABackup as fault:
        raise RestoreError(f"{path} is not a backup of the desk.") from fault
    except archive.TooNew as fault:
        raise RestoreError(f"{path} was made by a newer version of the desk. Restore it with that version.") from fault
    except archive.Damaged as fault:
        raise RestoreError(f"{path} can't be restored. {fault} Nothing was changed.") from fault
    except Fail as fault:
        raise RestoreError(str(fault)) from fault
    except OSError as fault:
        if fault.errno in NO_SPACE:
            raise RestoreError("The disk is full. Free some space, then run the same command again.") from fault
        raise RestoreError(f"{fault.filename or path}: {fault.strerror or fault}.") from fault
    except (DatabaseError, sqlite3.Error) as fault:
        why = (str(fault).strip() or type(fault).__name__).splitlines()[0]
        raise RestoreError(f"The database {connection.settings_dict['NAME']} can't be used: {why}") from fault


@contextmanager
def exclusive(var_dir: Path) -> Iterator[None]:
    """The lock that `manage.py up` holds while it runs: neither it nor a second restore can be at work meanwhile."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(var_dir / "up.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            lock.seek(0)
            raise RestoreError(f"The desk runs on {var_dir} ({lock.read().strip()}). Stop it first.") from fault
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, which restores a backup\n")
        lock.flush()
        yield


# What must hold before anything is changed


def check_origin(contents: Contents) -> None:
    manifest = contents.manifest
    if manifest["vendor"] != connection.vendor:
        ours, theirs = (databases.NAMES.get(name, name) for name in (connection.vendor, manifest["vendor"]))
        raise RestoreError(
            f"This is a backup of {theirs}, but DATABASE_URL names {ours}. Name a database of the same kind."
        )
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    known.update(*(migration.replaces for migration in loader.disk_migrations.values()))
    for app, names in manifest["migrations"].items():
        for name in names:
            if (app, name) not in known:
                raise RestoreError(
                    f"The backup was made by a newer version of the desk: this one does not know {app} {name}."
                )


def check_database(backend: Any, force: bool) -> None:
    if who := live_worker(backend):
        raise RestoreError(f"A worker is using this database ({who}). Stop all workers first.")
    for table in [] if force else backend.tables_with_rows():
        if not table.startswith(FRESH_TABLES):
            name = connection.settings_dict["NAME"]
            raise RestoreError(f"The database {name} is not empty ({table} has rows). To overwrite it, add --force.")
    backend.check_unused()


def check_media(backend: Any, force: bool) -> None:
    """They go with the old database: files of reports that come back under a number of then would be others'."""
    root = Path(settings.MEDIA_ROOT)
    if not force and not backend.is_interrupted() and (file := first_file(root)):
        raise RestoreError(f"MEDIA_ROOT ({root}) is not empty ({file}). To replace what is in it, add --force.")


def live_worker(backend: Any) -> str:
    """A worker's name, or "": also when there is no such table yet, or a database of another age."""
    if not backend.is_there():
        return ""
    try:
        return Worker.objects.filter(seen__gt=Now() - ALIVE).values_list("pk", flat=True).first() or ""
    except DatabaseError:
        return ""
    finally:
        connection.close()


def check_space(contents: Contents, work_folder: Path) -> None:
    needed = {work_folder: 0, ensured(Path(settings.MEDIA_ROOT)): contents.manifest["media"]["bytes"]}
    needed[work_folder] += contents.unpacked - contents.manifest["media"]["bytes"]
    by_disk: dict[int, int] = {}
    for folder, size in needed.items():
        disk = folder.stat().st_dev
        by_disk[disk] = by_disk.get(disk, SPARE) + size
        if (free := shutil.disk_usage(folder).free) < by_disk[disk]:
            raise RestoreError(
                f"{folder} has {free / 1e6:,.0f} MB free, and the backup needs {by_disk[disk] / 1e6:,.0f} MB."
            )


# The files


def restore_files(path: Path, contents: Contents, backend: Any) -> list[str]:
    """Media files and database at one moment. Stopped before it, what stood there stands there again."""
    work = backend.work_folder() / f".restore-{os.getpid()}"
    tree, sentences = MediaTree(work.name), list[str]()
    try:
        unpack(path, work, tree)
    except BaseException:
        remove(tree, work)
        raise
    try:
        backend.restore(work, lambda: sentences.extend(finish_restore(contents)), tree.put_in_place)
    except BaseException as fault:
        if work.exists():
            tree.undo()
        elif isinstance(fault, Exception):
            reason = (str(fault).strip() or type(fault).__name__).splitlines()[0]
            raise RestoreError(
                f"The restore stopped before its end ({reason}). Run the same command again, with --force."
            ) from fault
        remove(tree, work)
        raise
    remove(tree, work)
    return sentences


def unpack(path: Path, work: Path, tree: MediaTree) -> None:
    def extract(member: TarInfo, stream: Hashed) -> None:
        if member.name.startswith(archive.MEDIA):
            tree.add(member, stream)
            return
        with fresh(work) as file:
            shutil.copyfileobj(stream, file, PIECE)

    archive.read(path, extract)


def remove(tree: MediaTree, work: Path) -> None:
    tree.remove()
    for file in work.parent.glob(f"{work.name}*"):
        if file.is_file():
            file.unlink(missing_ok=True)
