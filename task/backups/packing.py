"""Writing the file of a backup, as `archive` describes it."""

import gzip
import io
import json
import os
import stat
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from task.backups.archive import FORMAT, HEAD, MANIFEST, MEDIA, PIECE, SUMS, Hashed, Heartbeat, fresh, line_of
from task.backups.models import RESTORE_FOLDER

LEVEL = 1  # of a desk's SQLite file 30 % are left at 109 MB a second; level 6 leaves 26 % at half that pace


class Changed(Exception):
    """A media file was written or removed while it was read."""


class Writer:
    """`with Writer(path, head, heartbeat) as writer:` adds what it is given; after `close` the file is whole."""

    def __init__(self, path: Path, head: dict[str, Any], heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat
        self.members: dict[str, dict[str, Any]] = {}
        self.media = {"files": 0, "bytes": 0}
        self.file = fresh(path)
        self.sums = TemporaryFile(dir=path.parent)  # noqa: SIM115 -- closed with the others
        self.gzip = gzip.GzipFile(fileobj=self.file, mode="wb", compresslevel=LEVEL, mtime=0, filename="")
        self.tar = tarfile.TarFile(fileobj=self.gzip, mode="w", encoding="utf-8", copybufsize=PIECE)
        self.head = {"format": FORMAT, **head}
        self._add_note(HEAD, self.head)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *fault: object) -> None:
        self.sums.close()
        self.file.close()

    def _add(self, name: str, file: Any, size: int, when: float) -> dict[str, Any]:
        about = tarfile.TarInfo(name)
        about.size, about.mtime, about.mode = size, int(when), 0o600
        hashed = Hashed(file, self.heartbeat)
        self.tar.addfile(about, hashed)
        self.tar.members.clear()  # type: ignore[attr-defined]  # it would keep every name
        return hashed.facts()

    def _add_note(self, name: str, facts: dict[str, Any]) -> None:
        text = json.dumps(facts, indent=1).encode()
        self.members[name] = self._add(name, io.BytesIO(text), len(text), 0)

    def add_database(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.members[name] = self._add(name, file, path.stat().st_size, path.stat().st_mtime)

    def add_media(self, root: Path, leave_out: Collection[Path]) -> None:
        """All files below `root`, but for these folders. Raises Changed when one is not the same at its end."""
        for path in files_below(root, leave_out):
            name = path.relative_to(root).as_posix()
            try:
                with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                    before = os.fstat(file.fileno())
                    facts = self._add(MEDIA + name, file, before.st_size, before.st_mtime)
                    after = os.fstat(file.fileno())
            except FileNotFoundError as fault:
                raise Changed(name) from fault
            except OSError as fault:
                if fault.errno is None:  # tarfile: it ended too soon
                    raise Changed(name) from fault
                raise
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise Changed(name)
            self.sums.write(line_of(MEDIA + name, facts["sha256"]))
            self.media["files"] += 1
            self.media["bytes"] += facts["size"]

    def close(self, facts: dict[str, Any]) -> None:
        """Write the manifest, and all of it to the disk."""
        size = self.sums.tell()
        self.sums.seek(0)
        self.members[SUMS] = self._add(SUMS, self.sums, size, 0)
        self._add_note(MANIFEST, {**self.head, **facts, "media": self.media, "members": self.members})
        self.tar.close()
        self.gzip.close()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


def files_below(root: Path, leave_out: Collection[Path]) -> Iterator[Path]:
    """Ordinary files in a fixed order; never what a link points to."""

    def complain(fault: OSError) -> None:
        if not isinstance(fault, FileNotFoundError):
            raise fault

    for folder, folders, names in os.walk(root, onerror=complain):
        folders[:] = sorted(
            name for name in folders if Path(folder, name) not in leave_out and not RESTORE_FOLDER.fullmatch(name)
        )
        for name in sorted(names):
            if RESTORE_FOLDER.fullmatch(name):
                continue
            path = Path(folder, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except FileNotFoundError as fault:
                raise Changed(path.relative_to(root).as_posix()) from fault
