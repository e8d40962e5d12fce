"""The two large parts of a workbook, as a stream: a row that was read is forgotten, and no definition is followed."""

import re
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from task.books.files.kinds import FileFault
from task.books.isbn import visible

MOST_COLUMNS = 200
MOST_ROWS = 1_048_576  # of the format
MOST_TEXTS = 600_000  # and their characters: they are kept in memory
MOST_CHARACTERS = 30_000_000
LONGEST_TEXT = 2000  # characters of a cell that are kept
DEEPEST = 50  # tags within tags
LONGEST_GAP = 2_000_000  # bytes between two tags
CHUNK = 1 << 18
Cell = tuple[str, str, str]  # type, style, value as the file has them


class Stream:
    """What both have in common: the parser, its bounds, and the text that is being read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.kept: list[str] = []
        self.length = 0
        self.is_text = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._definitions

    def feed(self, content: IO[bytes]) -> Iterator[None]:
        """Piece by piece. Raises FileFault where it is no XML, or more than a table."""
        gap = 0
        try:
            while chunk := content.read(CHUNK):
                gap = 0 if b"<" in chunk else gap + len(chunk)
                if gap > LONGEST_GAP:
                    raise self.too_large()
                self.parser.Parse(chunk, False)
                yield
            self.parser.Parse(b"", True)
            yield
        except expat.ExpatError as fault:
            raise ValueError("no XML") from fault

    def too_large(self) -> FileFault:
        return FileFault(f"{self.name} is too large once it is unpacked. Save it as CSV and send that.")

    def begun(self, tag: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def ended(self, tag: str) -> None:
        raise NotImplementedError

    def take_text(self) -> str:
        text, self.kept, self.length, self.is_text = "".join(self.kept), [], 0, False
        return text[:LONGEST_TEXT]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.too_large()
        self.begun(tag.rpartition(" ")[2], attributes)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        self.ended(tag.rpartition(" ")[2])

    def _text(self, text: str) -> None:
        if self.is_text and self.length < LONGEST_TEXT:
            self.kept.append(text)
            self.length += len(text)

    def _definitions(self, *_: object) -> None:
        raise FileFault(f"{self.name} has definitions in it that no table needs. Save it as CSV and send that.")


class Texts(Stream):
    """The texts that cells name by their number."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.texts: list[str] = []
        self.characters = 0
        self.is_spoken = False  # how a Japanese text is pronounced

    def read(self, content: IO[bytes]) -> list[str]:
        for _ in self.feed(content):
            if len(self.texts) > MOST_TEXTS or self.characters > MOST_CHARACTERS:
                raise self.too_large()
        return self.texts

    def begun(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "rPh":
            self.is_spoken = True
        elif tag == "t":
            self.is_text = not self.is_spoken

    def ended(self, tag: str) -> None:
        if tag == "rPh":
            self.is_spoken = False
        elif tag == "t":
            self.is_text = False
        elif tag == "si":
            self.texts.append(visible(self.take_text()).strip())
            self.characters += len(self.texts[-1])


class Cells(Stream):
    """The rows of a sheet: each with its number and its cells, None where there is none."""

    def __init__(self, name: str, after: int = 0) -> None:
        super().__init__(name)
        self.after = after
        self.number = 0
        self.cells: list[Cell | None] = []
        self.column = 0
        self.kind = self.style = ""
        self.rows: list[tuple[int, list[Cell | None]]] = []

    def read(self, content: IO[bytes]) -> Iterator[tuple[int, list[Cell | None]]]:
        for _ in self.feed(content):
            yield from self.rows
            self.rows.clear()

    def begun(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            number = attributes.get("r", "")
            self.number = int(number) if number.isdigit() and len(number) < 12 else self.number + 1
            if self.number > MOST_ROWS:
                raise FileFault(f"{self.name} has more rows than a sheet can have. Save it as CSV and send that.")
            self.cells = []
            self.column = 0
        elif tag == "c":
            place = column_of(attributes.get("r", ""))
            self.column = place if place is not None else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
        elif tag in ("v", "t"):
            self.is_text = self.number > self.after and self.column <= MOST_COLUMNS

    def ended(self, tag: str) -> None:
        if tag == "c":
            value = self.take_text()
            if value and 0 < self.column <= MOST_COLUMNS:
                self.cells += [None] * (self.column - len(self.cells))
                self.cells[self.column - 1] = (self.kind, self.style, value)
        elif tag in ("v", "t"):
            self.is_text = False
        elif tag == "row" and self.cells:
            self.rows.append((self.number, self.cells))
            self.cells = []


def column_of(place: str) -> int | None:
    """ "C7" is 3."""
    letters = re.match(r"[A-Za-z]{1,3}", place)
    if not letters:
        return None
    column = 0
    for letter in letters[0].upper():
        column = column * 26 + ord(letter) - 64
    return column
