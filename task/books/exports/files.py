"""The files of exports: MEDIA_ROOT/exports/<number of the export>/<name>.

A turn of the job writes into a part of its own, named by its claim. How much of each part is committed stands in the
job's cursor: what a killed worker has written behind that counts no more, and one that was overtaken writes into a part
that nobody reads on. At the end the parts become one file, under its name only once it is whole.

A folder belongs to the row with its number. The row goes first, its folder after; what a death in between leaves is
removed by `remove_leftovers`.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.conf import settings

from task.books.exports.models import Export
from task.jobs.services.disk import disk_faults
from task.kit.disk import fsync_folder, remove_stale

FOLDER = "exports"
PIECE = 1 << 20
CHUNK = 500

Part = tuple[int, int]  # the claim of the turn that wrote it, and how many of its bytes are committed


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def folder_of(pk: int) -> Path:
    return root() / str(int(pk))


def path_of(export: Export) -> Path:
    return folder_of(export.pk) / export.file_name


def part_of(pk: int, claim: int) -> Path:
    return folder_of(pk) / f"{int(claim)}.part"


def are_there(pk: int, parts: Iterable[Part]) -> bool:
    """Whether all that was committed is on the disk: a power cut may have taken some of it."""
    try:
        return all(part_of(pk, claim).stat().st_size >= length for claim, length in parts)
    except FileNotFoundError:
        return False


class Appended:
    """The part of this turn. What `add` has returned is on the disk."""

    def __init__(self, pk: int, claim: int) -> None:
        self.path, self.length = part_of(pk, claim), 0

    def add(self, content: bytes) -> int:
        """How long the part is then. Raises Fail."""
        with disk_faults():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab" if self.length else "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        self.length += len(content)
        return self.length


def assemble(export: Export, parts: Sequence[Part], attempt: int, heartbeat: Callable[[], None]) -> int:
    """The parts as one file; its size in bytes. Raises Fail when the disk does not take it."""
    final = path_of(export)
    whole = final.with_name(f".{final.name}.{attempt}.whole")
    with disk_faults():
        remove_stale(final.parent, ".*.whole", attempt)
        try:
            with whole.open("wb") as file:
                for claim, length in parts:
                    with part_of(export.pk, claim).open("rb") as part:
                        while length and (piece := part.read(min(PIECE, length))):
                            file.write(piece)
                            length -= len(piece)
                    heartbeat()
                file.flush()
                os.fsync(file.fileno())
            size = whole.stat().st_size
            heartbeat()
            os.replace(whole, final)
        finally:
            whole.unlink(missing_ok=True)
        fsync_folder(final.parent)
    return size


def remove_parts(pk: int) -> None:
    for part in folder_of(pk).glob("*.part"):
        part.unlink(missing_ok=True)


def remove(pk: int) -> None:
    """The folder of an export that is gone. Once more is no harm."""
    shutil.rmtree(folder_of(pk), ignore_errors=True)


def remove_leftovers() -> None:
    """Remove the folders of exports that are gone, and the parts of those that are done."""
    try:
        numbers = sorted(int(entry.name) for entry in root().iterdir() if entry.name.isascii() and entry.name.isdigit())
    except OSError:  # nobody ever exported
        return
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        there = dict(Export.objects.filter(pk__in=some).values_list("pk", "size"))
        for pk in some:
            if pk not in there:
                remove(pk)
            elif there[pk] is not None:
                remove_parts(pk)
