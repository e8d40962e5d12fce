"""XLSX: what is in its cells, row by row, and no bomb opened.

openpyxl says which sheets there are and which numbers are dates. Its own reading of rows keeps a trace of each in
memory (a sheet of a million empty rows took 591 MB), so that sheets and texts go through `cells`, which keeps none.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel

from task.books.files.cells import Cells, Texts
from task.books.files.kinds import FileFault
from task.books.files.texts import Record
from task.books.isbn import visible

MOST_PARTS = 5000  # of the ZIP file
LARGEST_SHEET = 400_000_000  # bytes, unpacked
LARGEST_TEXTS = 150_000_000
LARGEST_PART = 2_000_000  # of those that are read as a whole
MOST_SHEETS = 50
WHOLE = re.compile(
    r"(?:\[Content_Types\]\.xml|(?:_rels/|xl/_rels/|xl/workbook|xl/styles).*|docProps/.*)", re.IGNORECASE
)
IN_PIECES = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings)\.xml", re.IGNORECASE)
FAULTS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, LookupError, TypeError,
          AttributeError)  # fmt: skip


@dataclass
class Book:
    """An open workbook: its sheets that are shown, each with the part that it is, and what its numbers mean."""

    archive: zipfile.ZipFile
    sheets: dict[str, str] = field(default_factory=dict)
    dates: frozenset[int] = frozenset()
    epoch: Any = None


def sheets(file: IO[bytes], name: str) -> list[str]:
    """The names of its sheets. Raises FileFault for what can't be read, or would take the machine's memory."""
    with opened(file, name) as book:
        return list(book.sheets)[:MOST_SHEETS]


@contextmanager
def opened(file: IO[bytes], name: str) -> Iterator[Book]:
    """Raises FileFault for anything that is wrong with the file, also while its rows are read."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            guard(archive, name)
            reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
            reader.read_manifest()
            if any(
                not WHOLE.fullmatch(part.PartName[1:]) for part in reader.package.Override if "main" in part.ContentType
            ):
                raise ValueError("the workbook is not where it belongs")
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
            parts = {part.lower(): part for part in archive.namelist()}
            shown = {
                sheet.name: parts[link.target.lower()]
                for sheet, link in reader.parser.find_sheets()
                if sheet.state == "visible" and link.target.lower() in parts and "worksheet" in link.Type
            }
            yield Book(archive, shown, frozenset(reader.wb._date_formats), reader.wb.epoch)
    except FAULTS as fault:
        raise FileFault(f"{name} is damaged or has a password. Open it, save it as XLSX and send it again.") from fault


def guard(archive: zipfile.ZipFile, name: str) -> None:
    """What is read as a whole is small and has no definitions; the rest is no larger than a table may be."""
    parts = archive.infolist()
    too_large = FileFault(f"{name} is too large once it is unpacked. Save it as CSV and send that.")
    if len(parts) > MOST_PARTS:
        raise too_large
    for part in parts:
        if WHOLE.fullmatch(part.filename):
            if part.file_size > LARGEST_PART:
                raise too_large
            content = archive.read(part)
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise FileFault(f"{name} has definitions in it that no table needs. Save it as CSV and send that.")
        elif IN_PIECES.fullmatch(part.filename):
            is_texts = part.filename.lower().startswith("xl/shared")
            if part.file_size > (LARGEST_TEXTS if is_texts else LARGEST_SHEET):
                raise too_large


def records(file: IO[bytes], name: str, sheet: str, number: int = 0) -> Iterator[Record]:
    """The rows of a sheet that have something in them, behind row `number`. Of a formula the value is read."""
    with opened(file, name) as book:
        if sheet not in book.sheets:
            raise FileFault(f"{name} no longer has the sheet “{sheet[:50]}”.")
        texts: list[str] = []
        for part in book.archive.namelist():
            if part.lower() == "xl/sharedstrings.xml":
                with book.archive.open(part) as content:
                    texts = Texts(name).read(content)
        with book.archive.open(book.sheets[sheet]) as content:
            for row, cells in Cells(name, number).read(content):
                written = [as_read(cell, texts, book) for cell in cells]
                if any(written):
                    yield Record(row, written, 0)


def as_read(cell: tuple[str, str, str] | None, texts: list[str], book: Book) -> str:
    """A cell as a person reads it: an ISBN that is a number has no fraction and no exponent."""
    if cell is None:
        return ""
    kind, style, value = cell
    match kind:
        case "s":
            return texts[int(value)] if value.isdigit() and int(value) < len(texts) else ""
        case "b":
            return ""
        case "inlineStr" | "str" | "d" | "e":
            return visible(value).strip()
    try:
        number = float(value)
    except ValueError:
        return visible(value).strip()
    if style.isdigit() and int(style) in book.dates:
        try:
            return str(from_excel(number, book.epoch)).removesuffix(" 00:00:00")
        except (ValueError, OverflowError):
            return value
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else value
