"""The rows of a file, one after the other: each is a book with its ISBN, a book without, or refused with its reason."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO, Any, NamedTuple

from task.books.files import marc, marc_book, own, sheets, texts
from task.books.files.kinds import MOST_ROWS, Kind, TooManyRows
from task.books.files.tables import Layout
from task.books.isbn import Piece, read, visible

CELL = 2000  # characters of a cell that are read for an ISBN
TITLE, NAMES = 300, 300  # characters
MOST_COPIES, MOST_OF_A_DESK = 999, 1_000_000
A_NUMBER = 9  # digits: with fewer, a cell is no ISBN that went wrong
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24,40}", re.IGNORECASE)
NO_ISBN = re.compile(r"it says that there is none|it is a placeholder|it is an ASIN|it is a number of Open Library")
YEAR = re.compile(r"(?<!\d)(?:1[0-9]{3}|20[0-9]{2})(?!\d)")
COUNT = re.compile(r"[x\u00d7*]?\s*(\d{1,4})(?:[.,]0+)?\s*(?:[x\u00d7*]|\D{0,12})", re.IGNORECASE)


class Place(NamedTuple):
    """Behind a row: where reading goes on. `part`: how many books of the next line of a list were read."""

    number: int = 0
    position: int = 0
    part: int = 0


START = Place()


@dataclass(frozen=True)
class Row:
    """A row as it is read. Every row that has something in it comes, and is one of three:

    isbn     `isbn` is good, from the first column or, where that has none or a bad one, from the other
    refused  a number that is none: `fault` says why, `offers` what it may be
    without  no ISBN at all; `title`, `authors` and `year` are there to enter it by hand
    """

    number: int  # as a spreadsheet counts, from 1; of a list, the line
    place: Place  # where reading goes on behind it
    text: str = ""  # what is written where the ISBN should be
    isbn: str = ""  # 13 digits
    fault: str = ""  # the end of a sentence, as a `Piece` has it
    offers: tuple[str, ...] = ()
    note: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""  # four digits
    copies: int = 1  # at least: a row is a book, also where a program writes 0
    location: str = ""
    record: dict[str, Any] = field(default_factory=dict)  # all that the file says of the book, where it is a record

    @property
    def kind(self) -> str:
        return "isbn" if self.isbn else "refused" if self.fault else "without"

    @property
    def reason(self) -> str:
        return f"{self.fault[:1].upper()}{self.fault[1:]}." if self.fault else ""


def rows(file: IO[bytes], layout: Layout, after: Place = START) -> Iterator[Row]:
    """The rows behind a place, in constant memory. Raises FileFault; TooManyRows behind MOST_ROWS from `after` on."""
    reader = of_marc if layout.is_marc else of_list if layout.is_list else of_table
    found = reader(file, layout, after)
    for count, row in enumerate(found):
        if count >= MOST_ROWS:
            raise TooManyRows(f"{layout.name} has more than {MOST_ROWS:,} rows. Split it and send the rest separately.")
        yield row


def of_table(file: IO[bytes], layout: Layout, after: Place) -> Iterator[Row]:
    if layout.kind == Kind.XLSX:
        records = sheets.records(file, layout.name, layout.sheet, max(after.number, layout.heading_row))
    else:
        records = texts.records(file, layout.encoding, layout.delimiter, after.number, after.position)
    for record in records:
        is_said = record.number == 1 and len(record.cells) <= 2 and record.cells[:1] and is_separator(record.cells[0])
        if record.number > layout.heading_row and any(record.cells) and not is_said:
            row = row_of(record.number, record.cells, layout, Place(record.number, record.position))
            yield of_own(row, own.record_of(layout.headings, record.raw or record.cells)) if layout.is_own else row


def of_own(row: Row, record: dict[str, Any]) -> Row:
    """A row that a desk has written. What it says of the number stays as it is read."""
    copies = record.get("copies")
    return replace(
        row, record=record, title=str(record.get("title", ""))[:TITLE], authors=tuple(record.get("authors", ()))[:20],
        copies=row.copies if copies is None else min(copies, MOST_OF_A_DESK),
        location=" · ".join(filter(None, (record.get("room"), record.get("shelf"))))[:200],
    )  # fmt: skip


def is_separator(cell: str) -> bool:
    return cell.lower().startswith("sep=")


def row_of(number: int, cells: Sequence[str], layout: Layout, place: Place) -> Row:
    columns = layout.columns

    def cell(column: int | None) -> str:
        return cells[column].strip() if column is not None and column < len(cells) else ""

    written = [cell(columns.isbn), cell(columns.other_isbn)]
    piece = piece_of(written)
    text = piece.text if piece and piece.isbn else next(filter(None, written), "")
    is_none = bool(piece and not piece.isbn and says_none(piece))
    return Row(
        number, place, text[:CELL],
        isbn=piece.isbn if piece else "",
        fault=piece.fault if piece and not is_none else "",
        offers=piece.offers if piece and not is_none else (),
        note=(piece.reason if is_none and NO_ISBN.match(piece.fault) else piece.note) if piece else "",
        title=" ".join(cell(columns.title).split())[:TITLE],
        authors=names_of(cell(columns.authors)),
        year=year_of(cell(columns.year)),
        copies=max(copies_of(cell(columns.copies)), piece.quantity if piece else 1),
        location=" ".join(cell(columns.location).split())[:200],
    )  # fmt: skip


def piece_of(cells: Sequence[str]) -> Piece | None:
    """The first ISBN in the cells of a row, else what is refused: a number rather than a word."""
    refused: list[Piece] = []
    for cell in cells:
        for piece in islice(read(cell[:CELL]), 20):
            if piece.isbn:
                return piece
            if piece.fault:
                refused.append(piece)
    return min(refused, key=says_none, default=None)


def says_none(piece: Piece) -> bool:
    """Whether a cell has no ISBN that went wrong, but a word, or a program's own number for a book without one."""
    if NO_ISBN.match(piece.fault) or UUID.fullmatch(piece.text.strip()):
        return True
    return not piece.offers and sum(c.isdigit() for c in piece.text) < A_NUMBER and "E+" not in piece.text.upper()


def names_of(text: str) -> tuple[str, ...]:
    """Authors as a program writes them in one cell: between semicolons, bars or “and”, whole names between commas."""
    parts = re.split(r"\s*[;|\n]\s*|\s+(?:&|and|und|et|y)\s+", text[:2000])
    names = [part.strip(" ,") for part in parts if part.strip(" ,")]
    if len(names) == 1:
        by_commas = [part.strip() for part in names[0].split(",") if part.strip()]
        if len(by_commas) > 1 and all(len(part.split()) > 1 for part in by_commas):
            names = by_commas
    return tuple(" ".join(name.split())[:NAMES] for name in names[:20])


def year_of(text: str) -> str:
    found = YEAR.search(text[:100])
    return found[0] if found else ""


def copies_of(text: str) -> int:
    found = COUNT.fullmatch(text.strip()[:30])
    return min(max(int(found[1]), 1), MOST_COPIES) if found else 1


def of_marc(file: IO[bytes], layout: Layout, after: Place) -> Iterator[Row]:
    """A row a record."""
    if layout.kind == Kind.MARCXML:
        records = marc.MarcXml(layout.name, after.number).read(file)
    else:
        records = marc.binary(file, after.number, after.position)
    for record in records:
        place = Place(record.number, record.behind)
        if record.fault:
            yield Row(record.number, place, f"Record {record.number:,}", fault=record.fault)
        else:
            yield row_of_record(record, place)


def row_of_record(record: marc.Marc, place: Place) -> Row:
    written, said = marc_book.isbns_of(record), marc_book.book_of(record)
    piece = piece_of(written)
    is_none = bool(piece and not piece.isbn and says_none(piece))
    isbn, fault = (piece.isbn, "" if is_none else piece.fault) if piece else ("", "")
    if not isbn and not fault and "title" not in said:
        fault = "this record has neither an ISBN nor a title"
    return Row(
        record.number, place, next(iter(written), "")[:CELL] or f"Record {record.number:,}", isbn=isbn, fault=fault,
        offers=piece.offers if piece and fault else (), note=piece.note if piece and isbn else "",
        title=said.get("title", "")[:TITLE], authors=tuple(said.get("authors", ())[:20]),
        year=year_of(said.get("publish_date", "")), copies=min(said.get("copies", 1), MOST_OF_A_DESK),
        location=said.get("location", "")[:200], record=said,
    )  # fmt: skip


def of_list(file: IO[bytes], layout: Layout, after: Place) -> Iterator[Row]:
    """Lines as the box takes them; one may hold several books."""
    position, part, has_isbn = after.position, after.part, False
    for number, (line, behind) in enumerate(texts.lines(file, layout.encoding, position), after.number + 1):
        if number <= layout.heading_row:
            position = behind
            continue
        pieces = [piece for piece in read(line, after_isbn=has_isbn) if piece.kind != "quiet"]
        if line.strip():
            has_isbn = bool(pieces and pieces[-1].isbn)
        for place, piece in enumerate(pieces[part:], part + 1):
            behind_it = Place(number, behind) if place == len(pieces) else Place(number - 1, position, place)
            yield Row(
                number, behind_it, visible(piece.text)[:CELL], piece.isbn, piece.fault, piece.offers, piece.note,
                copies=min(piece.quantity, MOST_COPIES),
            )  # fmt: skip
        position, part = behind, 0
