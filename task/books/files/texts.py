"""A file's text line by line and record by record, in constant memory, from any place that was reached before."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import IO, NamedTuple

from task.books.files.kinds import HEAD, MARKS, FileFault, wide
from task.books.isbn import visible

ENCODINGS = {  # what a preview offers
    "utf-8": "Unicode (UTF-8)",
    "utf-16-le": "Unicode (UTF-16)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
    "cp1252": "Western (Windows)",
    "mac_roman": "Western (Mac)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "cp1253": "Greek (Windows)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc_kr": "Korean (EUC-KR)",
}
CHUNK = 65_536  # bytes
LONGEST_LINE = 1_000_000  # characters
MOST_LINES = 1000  # of one record: a review may have many
END = re.compile("\r\n|\n|\r")
WIDE = ("utf-16-le", "utf-16-be")
# Letters of Western European words, as bytes of either encoding; the rest of 0x80 to 0x9F is punctuation in Windows'.
IN_A_WORD = re.compile(rb"[A-Za-z]([\x80-\xff])(?=[A-Za-z])")
WINDOWS = frozenset(range(0xC0, 0x100))
MAC = frozenset(range(0x80, 0xA0)) - {0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97}


class Record(NamedTuple):
    """A row of a table. `number`: from 1, blank ones counted; `position`: the byte behind it; `raw`: with all signs."""

    number: int
    cells: list[str]
    position: int
    raw: list[str] = []


def encoding_of(file: IO[bytes]) -> str:
    """By its mark, else what it can be: the whole file is looked at, some of it at a time."""
    file.seek(0)
    beginning = file.read(HEAD)
    for mark, encoding in MARKS.items():
        if beginning.startswith(mark):
            return encoding.removesuffix("-sig")
    if encoding := wide(beginning):
        return encoding
    file.seek(0)
    decoder, windows, mac = codecs.getincrementaldecoder("utf-8")(), 0, 0
    is_unicode = True
    while chunk := file.read(CHUNK):
        if is_unicode:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_unicode = False
        for match in IN_A_WORD.finditer(chunk):
            windows += match[1][0] in WINDOWS
            mac += match[1][0] in MAC
    if is_unicode and not decoder.getstate()[0]:
        return "utf-8"
    return "mac_roman" if mac > windows else "cp1252"


def lines(file: IO[bytes], encoding: str, position: int = 0) -> Iterator[tuple[str, int]]:
    """(line with its end, the byte behind it), from a byte where a line begins. Raises FileFault at an endless line."""
    if position == 0:
        file.seek(0)
        beginning = file.read(3)
        position = next((len(mark) for mark in MARKS if beginning.startswith(mark)), 0)
    file.seek(position)
    # Latin-1 makes a character of each byte: lines are cut before they are decoded, so that places are exact.
    cut_as = encoding if encoding in WIDE else "latin-1"
    for line in cut(file, cut_as):
        raw = line.encode(cut_as, "surrogatepass")
        position += len(raw)
        yield (line if encoding in WIDE else raw.decode(encoding, "replace")), position


def cut(file: IO[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest, has_more = "", True
    while has_more:
        chunk = file.read(CHUNK)
        has_more = bool(chunk)
        rest += decoder.decode(chunk, final=not has_more)
        begin = 0
        for end in END.finditer(rest):
            if has_more and end[0] == "\r" and end.end() == len(rest):
                break  # perhaps the first half of an end
            yield rest[begin : end.end()]
            begin = end.end()
        rest = rest[begin:]
        if len(rest) > LONGEST_LINE:
            raise FileFault("A line of the file is too long to read. Put each book on a line of its own.")
    if rest:
        yield rest


class Feed:
    """Lines for the CSV reader, which says where a record ends: what it took too much of is given again."""

    def __init__(self, source: Iterator[tuple[str, int]], position: int) -> None:
        self.source, self.position = source, position
        self.again: deque[tuple[str, int]] = deque()
        self.used: list[tuple[str, int]] = []

    def __iter__(self) -> "Feed":
        return self

    def __next__(self) -> str:
        if len(self.used) >= MOST_LINES:
            raise csv.Error("a record of so many lines is a quotation mark that was never closed")
        line, position = self.again.popleft() if self.again else next(self.source)
        self.used.append((line, position))
        self.position = position
        return line.replace("\0", "")

    def only_first(self) -> str:
        """Give all but the first line of this record again."""
        self.again.extendleft(reversed(self.used[1:]))
        line, self.position = self.used[0]
        return line.replace("\0", "")


def records(file: IO[bytes], encoding: str, delimiter: str, number: int = 0, position: int = 0) -> Iterator[Record]:
    """The rows of a CSV from a place on: behind row `number`, at the byte `position`."""
    feed = Feed(lines(file, encoding, position), position)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.used = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = as_it_is(feed.only_first(), delimiter)
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
        number += 1
        yield Record(number, [visible(cell).strip() for cell in cells], feed.position, cells)


def as_it_is(line: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotation marks are none."""
    line = line.rstrip("\r\n")
    if line.count('"') % 2:
        return [cell.strip('"') for cell in line.split(delimiter)]
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)
