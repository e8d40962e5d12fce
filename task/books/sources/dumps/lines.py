"""A file of a dump, compressed or plain: its lines one by one, from any place in it, at a constant memory."""

import gzip
import io
import os
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple

from task.jobs import Fail

LONGEST = 5_000_000  # bytes of a line; the longest that Open Library has is a fifth of it
PIECE = 1 << 20
TRIED = 100  # lines, one of which is to be a record
TYPES = (b"/type/", b"/books/", b"/works/", b"/authors/")


AGAIN = "Download it again, then retry."
COLUMNS = "Each line needs type, key, revision, date and JSON."


class Cut(Exception):
    """The file ends in the middle of a line."""


class Stamp(NamedTuple):
    """By what a file is known to be the same still."""

    path: str
    size: int
    changed: int

    @classmethod
    def of(cls, path: str | Path) -> "Stamp":
        """Raises Fail where it can't be read."""
        try:
            with open(path, "rb") as file:
                found = os.fstat(file.fileno())
        except OSError as fault:
            raise Fail(f"{path} can’t be read here: {fault.strerror}. Each worker needs to see this file.") from None
        if not found.st_size:
            raise Fail(f"{path} is empty. Download it again.")
        return cls(str(path), found.st_size, found.st_mtime_ns)


class Unpacked(io.RawIOBase):
    """What is in a compressed file, to its last whole piece where it is cut."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.file.read1(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class Reader:
    """The lines of one file. `position` counts uncompressed bytes, `done` those of the file."""

    def __init__(self, stamp: Stamp) -> None:
        self.stamp, self.position = stamp, 0
        self._file = io.BufferedReader(io.FileIO(stamp.path), PIECE)
        self.is_compressed = self._file.peek(2)[:2] == b"\x1f\x8b"
        self._lines: IO[bytes] = self._file
        if self.is_compressed:
            self._lines = io.BufferedReader(Unpacked(gzip.GzipFile(fileobj=self._file)), PIECE)

    @property
    def done(self) -> int:
        return self.stamp.size if self._file.closed else min(self._file.tell(), self.stamp.size)

    @property
    def name(self) -> str:
        return Path(self.stamp.path).name

    def line(self) -> bytes | None:
        """The next, without its end: b"" where it is too long to be one; None at the end. Raises Fail and Cut."""
        line = self._read()
        if line.endswith(b"\n"):
            return line.rstrip(b"\r\n")
        if not line:
            return None
        while not line.endswith(b"\n"):
            line = self._read()
            if not line:
                raise Cut
        return b""

    def _read(self) -> bytes:
        try:
            line = self._lines.readline(LONGEST)
        except EOFError:
            raise Cut from None
        except (gzip.BadGzipFile, zlib.error) as fault:
            raise Fail(f"{self.name} is damaged ({fault}). {AGAIN}") from None
        except OSError as fault:
            raise Fail(f"{self.name} could not be read to the end: {fault.strerror}. Fix that, then retry.") from None
        self.position += len(line)
        return line

    def skip(self, to: int, most: int = 64 * PIECE) -> None:
        """Nearer to a position that was reached before, by at most so many bytes where they are compressed."""
        if not self.is_compressed:
            self.position = self._file.seek(to)
            return
        until = min(to, self.position + most)
        while self.position < until:
            piece = self._lines.read(min(PIECE, until - self.position))
            if not piece:
                raise Cut
            self.position += len(piece)

    def close(self) -> None:
        self._lines.close()
        self._file.close()


def refuse_other_files(stamp: Stamp) -> None:
    """Raises Fail for what is no dump, before anything of it is loaded."""
    reader = Reader(stamp)
    try:
        for _ in range(TRIED):
            line = reader.line()
            if line is None:
                break
            if is_of_dump(line):
                return
    except Cut:
        if reader.is_compressed:
            raise Fail(f"{reader.name} ends in the middle: not all of it is there. {AGAIN}") from None
    finally:
        reader.close()
    raise Fail(f"{reader.name} is not an Open Library dump. {COLUMNS}")


def is_of_dump(line: bytes) -> bool:
    columns = line.split(b"\t", 4)
    return len(columns) >= 4 and columns[0].startswith(b"/type/") and columns[1].startswith(b"/")
