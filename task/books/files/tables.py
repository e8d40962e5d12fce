"""How a file is laid out: what it is, how it is written, where its headings are, which column holds what."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice, pairwise
from typing import IO, Any

from task.books.files import marc, own, sheets, texts
from task.books.files.cells import MOST_COLUMNS
from task.books.files.columns import Columns, by_headings, choose_isbn_columns, heading_at, holds_isbn
from task.books.files.kinds import HEAD, FileFault, Kind, sniff
from task.books.files.texts import Record

DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
SAID = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
FIRST_RECORDS = 50
FIRST_ROWS = 300  # that are looked at
TITLES = 30  # rows at most before the headings
SAMPLE_LINES = 600
TAGS = Columns(isbn=20, title=245, authors=100, year=264, location=952)  # of MARC records: where it stands
SHARE = 0.6  # of rows that have as many cells as most


@dataclass(frozen=True)
class Layout:
    """All that is needed to read a file's rows, and what a preview shows and lets a person correct.

    A job may keep it as JSON (`dataclasses.asdict`) and make it again with `Layout.of`.
    """

    name: str
    kind: str = Kind.TEXT
    encoding: str = ""  # of a text, one of `texts.ENCODINGS`
    delimiter: str = ""  # "" is a list: ISBNs as the box takes them
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    heading_row: int = 0  # its number; 0 where there is none. Rows up to it are not read
    headings: tuple[str, ...] = ()
    columns: Columns = field(default_factory=Columns)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Layout":
        lists = {name: tuple(kept[name]) for name in ("sheets", "headings")}
        return cls(**kept | lists | {"columns": Columns(**kept["columns"])})

    @property
    def is_list(self) -> bool:
        return self.kind == Kind.TEXT and not self.delimiter

    @property
    def is_own(self) -> bool:
        """Whether a desk has written it: each row says all of its book."""
        return own.is_own(self.headings)

    @property
    def is_marc(self) -> bool:
        return self.kind in (Kind.MARC, Kind.MARCXML)

    @property
    def has_records(self) -> bool:
        """Whether each of its rows says all of its book."""
        return self.is_own or self.is_marc

    @property
    def question(self) -> str:
        """What a person must say before the rows mean anything; "" where nothing is open."""
        return "" if self.is_list or self.columns.isbn is not None else "Which column holds the ISBNs?"

    @property
    def description(self) -> str:
        """ "CSV, separated by semicolons, Unicode (UTF-8)" """
        if self.is_marc:
            return "MARC records" if self.kind == Kind.MARC else "MARC records, XML"
        if self.kind == Kind.XLSX:
            return f"XLSX, sheet “{self.sheet}”" if len(self.sheets) > 1 else "XLSX"
        encoding = texts.ENCODINGS.get(self.encoding, self.encoding)
        if self.is_list:
            return f"A list, {encoding}"
        kind = "TSV" if self.delimiter == "\t" else "CSV"
        return f"{kind}, separated by {DELIMITERS.get(self.delimiter, f'“{self.delimiter}”')}, {encoding}"


def layout_of(file: IO[bytes], name: str, encoding: str = "", delimiter: str | None = None, sheet: str = "") -> Layout:
    """The layout of an open file. What a person has chosen is taken as it is. Raises FileFault with a sentence."""
    file.seek(0)
    kind = sniff(file.read(HEAD), name)
    if kind == Kind.XLSX:
        return of_sheets(file, name, sheet)
    if kind != Kind.TEXT:
        return of_marc(file, Layout(name, kind, columns=TAGS))
    if encoding and encoding not in texts.ENCODINGS:
        raise FileFault(f"{name} can't be read in that encoding. Choose another one.")
    layout = Layout(name, encoding=encoding or texts.encoding_of(file))
    lines = [line for line, _ in islice(texts.lines(file, layout.encoding), SAMPLE_LINES)]
    said = SAID.match(lines[0].strip()) if lines else None
    if delimiter is None:
        delimiter = said[1] if said else delimiter_of(lines)
    if not delimiter:
        return of_list(layout, lines)
    layout = replace(layout, delimiter=delimiter)
    rows = list(islice(texts.records(file, layout.encoding, delimiter), FIRST_ROWS))
    return laid_out(layout, rows[bool(said) :])


def of_marc(file: IO[bytes], layout: Layout) -> Layout:
    """Its copies are counted where its records have items. Raises FileFault for what is no XML from the start."""
    records = marc.MarcXml(layout.name).read(file) if layout.kind == Kind.MARCXML else marc.binary(file)
    has_items = any("952" in record.fields for record in islice(records, FIRST_RECORDS))
    return replace(layout, columns=replace(layout.columns, copies=952)) if has_items else layout


def of_sheets(file: IO[bytes], name: str, sheet: str) -> Layout:
    """Of the sheets the first that holds ISBNs."""
    names = sheets.sheets(file, name)
    if not names:
        raise FileFault(f"{name} has no sheet with a table. Save the table as CSV and send that.")
    first = None
    for each in [sheet] if sheet in names else names:
        rows = list(islice(sheets.records(file, name, each), FIRST_ROWS))
        layout = laid_out(Layout(name, Kind.XLSX, sheet=each, sheets=tuple(names)), rows)
        if rows and layout.columns.isbn is not None:
            return layout
        first = first or (layout if rows else None)
    if not first:
        raise FileFault(f"{name} has no rows. Choose a file with books in it.")
    return first


def delimiter_of(lines: Sequence[str]) -> str:
    """What separates the cells: it makes the same number of them in most lines. "" where nothing does."""
    best, chosen = (0.0, 0), ""
    for delimiter in DELIMITERS:
        widths = [width for width in widths_of(lines, delimiter) if width]
        several = [width for width in widths if width > 1]
        if not several:
            continue
        usual = max(set(several), key=several.count)
        share = several.count(usual) / len(widths)
        if share >= SHARE or (len(several) >= 3 and several.count(usual) / len(several) >= SHARE and share > 0.3):
            best, chosen = max((best, chosen), ((round(share, 1), usual), delimiter), key=lambda each: each[0])
    return chosen


def widths_of(lines: Sequence[str], delimiter: str) -> Iterator[int]:
    reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
        yield len(row) if any(cell.strip() for cell in row) else 0


def laid_out(layout: Layout, rows: Sequence[Record]) -> Layout:
    """Find the headings and the columns; a table whose columns are all ISBNs is a list of them."""
    cells = [row.cells for row in rows]
    heading = heading_at(cells[:TITLES])
    below = cells[heading + 1 :] if heading is not None else cells
    columns = by_headings(cells[heading]) if heading is not None else Columns()
    columns = choose_isbn_columns(columns, cells[heading] if heading is not None else [], below)
    if heading is None:
        heading = unknown_heading(cells, columns.isbn) if columns.isbn is not None else words_over_numbers(cells)
    if heading is None and layout.kind == Kind.TEXT and is_list_in_lines(cells):
        return replace(layout, delimiter="")
    if heading is None:
        return replace(layout, columns=with_counts(columns, cells))
    return replace(
        layout, columns=columns, heading_row=rows[heading].number,
        headings=tuple(cell[:100] for cell in cells[heading][: MOST_COLUMNS]),
    )  # fmt: skip


def unknown_heading(rows: Sequence[Sequence[str]], column: int) -> int | None:
    """The row over the first ISBN, if that column has words in it."""
    first = next((place for place, row in enumerate(rows) if column < len(row) and holds_isbn(row[column])), 0)
    above = first - 1
    if above >= 0 and column < len(rows[above]) and re.search(r"[^\W\d_]{2}", rows[above][column]):
        return above
    return None


def with_counts(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """Two columns without a heading, as a scanner keeps them: the ISBN, and how often it was scanned."""
    filled = [row for row in rows if any(row)]
    if columns.isbn not in (0, 1) or any(len(row) != 2 for row in filled):
        return columns
    counts = [row[1 - columns.isbn] for row in filled]
    if not all(re.fullmatch(r"[1-9][0-9]{0,2}", count) for count in counts):
        return columns
    is_position = len(counts) > 1 and all(int(next_) == int(count) + 1 for count, next_ in pairwise(counts))
    return columns if is_position else replace(columns, copies=1 - columns.isbn)


def words_over_numbers(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row, if it has words alone, and a column below has none."""
    first = next((place for place, row in enumerate(rows) if any(row)), None)
    if first is None or any(re.search(r"\d", cell) for cell in rows[first]) or not all(rows[first]):
        return None
    below = rows[first + 1 : first + 50]
    for column in range(len(rows[first])):
        cells = [row[column] for row in below if column < len(row) and row[column]]
        if cells and all(re.fullmatch(r"[\d.,:/ -]+", cell) for cell in cells):
            return first
    return None


def is_list_in_lines(rows: Sequence[Sequence[str]]) -> bool:
    """Whether commas part ISBNs and not columns: a row has several books."""
    several = sum(sum(holds_isbn(cell) for cell in row) > 1 for row in rows)
    words = sum(any(re.search(r"[^\W\d_]{3}", cell) for cell in row) for row in rows)
    return several > words and several * 2 >= len(rows)


def of_list(layout: Layout, lines: Sequence[str]) -> Layout:
    """Lines without columns. A heading over them is one word that names ISBNs."""
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    is_heading = first is not None and by_headings([lines[first].strip().strip('"')]).isbn is not None
    return replace(layout, heading_row=first + 1) if is_heading and first is not None else layout


def looks_like_table(text: str) -> bool:
    """Whether a text that somebody pastes is a table, one column of which holds ISBNs, and no list of them."""
    if "\n" not in text.strip():
        return False
    try:
        layout = layout_of(BytesIO(text[:200_000].encode("utf-8", "replace")), "", encoding="utf-8")
    except FileFault:
        return False
    if layout.is_list or layout.columns.isbn is None:
        return False
    return bool(layout.heading_row) or layout.delimiter == "\t" or layout.columns.copies is not None
