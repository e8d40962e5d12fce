"""The media files of a restore: laid out beside those that are there, which they then replace as one tree.

MEDIA_ROOT/.restore-<process>/new      what comes out of the backup
MEDIA_ROOT/.restore-<process>/old      what stood there, while it is moved
MEDIA_ROOT/.restore-<process>/before   the same once all of it is there: what stands in MEDIA_ROOT is new from here on

All within MEDIA_ROOT, which may be a disk of its own, so that nothing has to be copied.
"""

import os
import shutil
from pathlib import Path
from tarfile import TarInfo

from django.conf import settings

from task.backups.archive import MEDIA, PIECE, Hashed, fresh
from task.backups.models import RESTORE_FOLDER, folder
from task.kit.disk import fsync_folder


class MediaTree:
    def __init__(self, name: str) -> None:
        self.root = ensured(Path(settings.MEDIA_ROOT))
        self.work = self.root / name
        self.new, self.old, self.before = (self.work / part for part in ("new", "old", "before"))

    def add(self, member: TarInfo, stream: Hashed) -> None:
        target = self.new / member.name.removeprefix(MEDIA)
        ensured(target.parent)
        with fresh(target) as file:
            shutil.copyfileobj(stream, file, PIECE)
            file.flush()
            os.fsync(file.fileno())
        os.utime(target, (member.mtime, member.mtime))

    def put_in_place(self) -> None:
        """A dozen renames, whatever the number of files. `undo` goes back from any of them."""
        move(self.root, self.old)
        os.rename(self.old, self.before)
        if self.new.is_dir():
            move(self.new, self.root)
        fsync_folder(self.root)

    def undo(self) -> None:
        """What stood there stands there again. May itself be interrupted, and done again."""
        if self.before.is_dir():
            move(self.root, self.new)
            os.rename(self.before, self.old)
        if self.old.is_dir():
            move(self.old, self.root)

    def remove(self) -> None:
        if self.work.is_dir():
            shutil.rmtree(self.work)
        else:  # a part, of an earlier version
            self.work.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """All that is in a folder, but BACKUP_DIR, which may be within the media, and what restores left."""
    ensured(target)
    for entry in sorted(source.iterdir()):
        if RESTORE_FOLDER.fullmatch(entry.name) or entry == folder():
            continue
        destination = target / entry.name
        if folder().is_relative_to(entry) or (destination.is_dir() and not destination.is_symlink()):
            move(entry, destination)
        else:
            os.rename(entry, destination)


def remove_interrupted(work: Path) -> None:
    """Remove what restores left that were interrupted; one that had not come to its database is undone first.

    `work` is where they worked at the database: their file there is gone in the moment that it is the database.
    """
    root = ensured(Path(settings.MEDIA_ROOT))
    for at, folders, names in os.walk(root):
        interrupted = [name for name in (*folders, *names) if RESTORE_FOLDER.fullmatch(name)]
        folders[:] = [name for name in folders if name not in interrupted]
        for name in interrupted:
            tree = MediaTree(str(Path(at, name).relative_to(root)))
            if (work / name).exists():
                tree.undo()
            tree.remove()
    for path in work.iterdir():
        if RESTORE_FOLDER.fullmatch(path.name) and path.is_file():
            path.unlink()


def first_file(root: Path) -> Path | None:
    for at, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if Path(at, name) != folder())
        for name in sorted(names):
            return Path(at, name).relative_to(root)
    return None


def ensured(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
