"""What was sent, as a file again, and what its columns are called."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any

from task.books.files import sheets, texts
from task.books.files.kinds import Kind
from task.books.files.models import Upload, UploadPart
from task.books.files.tables import Layout
from task.books.files.texts import Record

LABEL = 60  # characters
MOST_COLUMNS = 200


@contextmanager
def contents(sent: Upload) -> Iterator[IO[bytes]]:
    """Its bytes, in a temporary file: never all of them in memory."""
    with tempfile.TemporaryFile() as file:
        parts = UploadPart.objects.filter(upload=sent).order_by("number")
        for key in parts.values_list("pk", flat=True):
            file.write(parts.values_list("content", flat=True).get(pk=key))
        yield file


def records(file: Any, layout: Layout) -> Iterator[Record]:
    """All its rows, the headings and what is above them as well."""
    if layout.kind == Kind.XLSX:
        return sheets.records(file, layout.name, layout.sheet)
    return texts.records(file, layout.encoding, layout.delimiter)


def labels_of(file: Any, layout: Layout) -> list[str]:
    """Their headings; without these, what is in the first row."""
    if layout.is_list or layout.is_marc:
        return []
    if layout.headings:
        return [heading[:LABEL] or f"Column {place}" for place, heading in enumerate(layout.headings, 1)]
    cells: list[str] = next((each.cells for each in islice(records(file, layout), 100) if any(each.cells)), [])
    return [f"Column {place}: {cell[:40]}".rstrip(": ") for place, cell in enumerate(cells[:MOST_COLUMNS], 1)]
