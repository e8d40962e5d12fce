"""The file of a backup: one tar.gz, written and read as a stream, so that memory stays flat whatever its size.

desk-backup.json   what this is, so that a reader knows at once
database.…         the database
media/…            the media files
media.sha256       their checksums, in the format of sha256sum
manifest.json      last, so that a file that was cut has none: counts, migrations, checksums of all the others
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any
from uuid import UUID

FORMAT = 1
HEAD, SUMS, MANIFEST, MEDIA = "desk-backup.json", "media.sha256", "manifest.json", "media/"
LARGEST_NOTE = 20_000_000  # bytes of the head and of the manifest
LARGEST_HEADER = 64_000  # bytes: a path has 4,096 at most
LONG = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
PIECE = 1 << 20

Heartbeat = Callable[[], None]


class NotABackup(Exception):
    """The file is something else."""


class Damaged(Exception):
    """It was a backup once: the sentence says what is wrong with it."""


class TooNew(Exception):
    """A later version of the desk made it."""


def fresh(path: Path) -> IO[bytes]:
    """An empty file for its owner alone, whatever stood there."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class Hashed(io.RawIOBase):
    """Reads or writes through to `file` and keeps the checksum and the number of bytes."""

    def __init__(self, file: Any, heartbeat: Heartbeat = lambda: None) -> None:
        self.file, self.heartbeat, self.sum, self.size = file, heartbeat, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.file.read(size)
        self._note(data)
        return data

    def write(self, data: Any) -> int:
        self.file.write(data)
        self._note(data)
        return len(data)

    def _note(self, data: Any) -> None:
        self.sum.update(data)
        self.size += len(data)
        self.heartbeat()

    def facts(self) -> dict[str, Any]:
        return {"size": self.size, "sha256": self.sum.hexdigest()}


def read_to_end(stream: Any) -> None:
    while stream.read(PIECE):
        pass


def line_of(name: str, digest: str) -> bytes:
    """A line as sha256sum writes it, which marks names with a line break or a backslash."""
    plain = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return os.fsencode(f"{'' if plain == name else chr(92)}{digest}  {plain}\n")


class Header(tarfile.TarInfo):
    """Reads only what `packing` writes: extended headers, which tarfile takes into memory, of a name's size at most."""

    def _proc_member(self, tar: Any) -> Any:
        extended = self.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, *LONG)
        if self.type == tarfile.GNUTYPE_SPARSE or (extended and self.size > LARGEST_HEADER):
            raise tarfile.ReadError("a header that no backup has")
        return super()._proc_member(tar)  # type: ignore[misc]

    def _refuse(self, *args: Any) -> None:
        raise tarfile.ReadError("a sparse file, which no backup has")

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse


@dataclass
class Contents:
    """What a whole and unchanged archive says of itself."""

    manifest: dict[str, Any]
    size: int
    sha256: str
    unpacked: int = 0  # bytes


Extract = Callable[[tarfile.TarInfo, Hashed], None]


def skip(member: tarfile.TarInfo, stream: Hashed) -> None:
    """Takes nothing out of the archive: only its checksums are looked at."""


def read(path: Path, extract: Extract = skip, heartbeat: Heartbeat = lambda: None) -> Contents:
    """Read a backup from its first byte to its last and give `extract` the database and each media file.

    Raises NotABackup, Damaged or TooNew; what `extract` was given before may then be wrong.
    """
    with path.open("rb") as file:
        outer = Hashed(file, heartbeat)
        try:
            contents = _read(outer, extract)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, RecursionError) as fault:
            raise Damaged(CUT) from fault
    contents.size, contents.sha256 = outer.size, outer.sum.hexdigest()
    return contents


CUT = "It was cut off or changed: it can't be read to its end."


def open_archive(file: Any) -> tuple[tarfile.TarFile, tarfile.TarInfo]:
    """An archive of ours, at its head. Raises NotABackup."""
    tar = tarfile.open(fileobj=file, mode="r|", encoding="utf-8", tarinfo=Header)  # noqa: SIM115 -- a stream
    first = tar.next()
    if first is None or first.name != HEAD or not first.isreg():
        raise NotABackup
    return tar, first


def _read(outer: Hashed, extract: Extract) -> Contents:
    try:
        # Only a head proves that it is ours: before it, whatever fails means another kind of file.
        unzipped = gzip.GzipFile(fileobj=outer)
        tar, first = open_archive(unzipped)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, UnicodeError, RecursionError) as fault:
        raise NotABackup from fault
    seen: dict[str, dict[str, Any]] = {}
    head, seen[HEAD] = _note(tar, first)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        if isinstance(head, dict) and isinstance(head.get("format"), int) and head["format"] > FORMAT:
            raise TooNew
        raise Damaged(CUT)
    lines, media, unpacked = hashlib.sha256(), {"files": 0, "bytes": 0}, 0
    while (member := tar.next()) is not None:
        tar.members = []  # type: ignore[attr-defined]  # it would keep every name
        if not member.isreg() or not _is_ours(member.name):
            raise Damaged("It was changed: it contains something that no backup contains.")
        if member.name == MANIFEST:
            manifest, _ = _note(tar, member)
            break
        stream = Hashed(tar.extractfile(member))
        if member.name != SUMS:
            extract(member, stream)
        read_to_end(stream)
        facts = stream.facts()
        unpacked += facts["size"]
        if member.name.startswith(MEDIA):
            lines.update(line_of(member.name, facts["sha256"]))
            media["files"] += 1
            media["bytes"] += facts["size"]
        elif member.name in seen:
            raise Damaged("It was changed: it contains the same part twice.")
        else:
            seen[member.name] = facts
    else:
        raise Damaged(CUT)
    if tar.next() is not None:
        raise Damaged("It was changed: there is something after its end.")
    read_to_end(unzipped)  # to its own checksum, which is about every bit
    if not _is_whole(manifest) or {name: manifest.get(name) for name in head} != head:
        raise Damaged(CUT)
    sums = seen.get(SUMS, {}).get("sha256")
    if manifest.get("members") != seen or manifest.get("media") != media or sums != lines.hexdigest():
        raise Damaged("It was changed: its checksums do not match its contents.")
    return Contents(manifest, 0, "", unpacked)


def _note(tar: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[Any, dict[str, Any]]:
    if member.size > LARGEST_NOTE:
        raise Damaged(CUT)
    stream = Hashed(tar.extractfile(member))
    try:
        return json.loads(stream.read()), stream.facts()
    except (ValueError, RecursionError) as fault:
        raise Damaged(CUT) from fault


def _is_whole(manifest: Any) -> bool:
    """Whether all is there that a restore goes by, and is what it should be."""
    try:
        datetime.fromisoformat(manifest["made"])
        UUID(manifest["job"])
        rows, migrations = list(manifest["rows"].values()), list(manifest["migrations"].values())
        return all(isinstance(count, int) for count in rows) and all(isinstance(names, list) for names in migrations)
    except (TypeError, ValueError, KeyError, AttributeError):
        return False


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if "\0" in name or path.is_absolute() or ".." in path.parts or path.as_posix() != name:
        return False
    if name.startswith(MEDIA):
        return len(path.parts) > 1
    return name in (SUMS, MANIFEST) or (len(path.parts) == 1 and name.startswith("database."))
