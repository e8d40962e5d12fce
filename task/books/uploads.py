"""A file of ISBNs: plain text, or a table (CSV) of which one column holds them."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from django.core.files.uploadedfile import UploadedFile

from task.books.isbn import LIMIT, Parsed, check, parse, visible

SIZE = 2_000_000  # bytes; no larger one is read
LONGEST_LINE = 20_000  # characters: no line of a table of books is longer
HEADS = ("isbn13", "isbn", "ean", "ean13", "isbn10")  # of two columns the longer number is the surer


class UploadFault(Exception):
    """Why the file can't be read: a whole sentence."""


def numbers_in(file: "UploadedFile[bytes]") -> str:
    """What a file that somebody sends has to read: the column of ISBNs, one a line, or all of its text.

    Raises UploadFault also when it is too large, before a byte is read.
    """
    name = str(file.name)
    if (file.size or 0) > SIZE:
        raise UploadFault(f"{name} is larger than {SIZE // 1_000_000} MB. Split it and send the parts.")
    text = decode(file.read(), name)
    if not text.strip():
        raise UploadFault(f"{name} is empty. Choose a file with one ISBN per line.")
    return "\n".join(cell.replace("\n", " ") for _, cell in islice(isbn_column(text), LIMIT + 1)) or text


def read_upload(content: bytes, name: str, limit: int = LIMIT) -> Parsed:
    """The ISBNs of a file. Raises UploadFault when it is not text, or empty."""
    text = decode(content, name)
    if not text.strip():
        raise UploadFault(f"{name} is empty. Choose a file with one ISBN per line.")
    parsed = check(isbn_column(text), limit)
    if parsed.stopped_at:
        parsed.more += max(1, text.rstrip("\n").count("\n") + 2 - parsed.stopped_at)
    return parsed if parsed.good or parsed.problems else parse(text, limit)


def decode(content: bytes, name: str) -> str:
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
    encoding = next((name for mark, name in marks.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # ISBNs are ASCII: of an old Windows or Mac text the other characters don't matter.
        text = content.decode("latin-1")
    if "\0" in text or content.startswith((b"PK\x03\x04", b"%PDF")):
        raise UploadFault(
            f"{name} is not a text file. Save it as CSV or plain text, one ISBN per line, and send it again."
        )
    return text


def lines_of(text: str) -> Iterator[str]:
    """Line by line, for a list of all would take many times the text's own memory."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > LONGEST_LINE:
            raise UploadFault(f"Line {number} of the table is too long to read. Put one ISBN on each line instead.")
        yield line


def isbn_column(text: str) -> Iterator[tuple[int, str]]:
    """(line, cell) of the column whose heading is ISBN; nothing when there is no such heading."""
    head = text[: LONGEST_LINE + 1].split("\n", 1)[0]
    if len(head) > LONGEST_LINE:
        return
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(lines_of(text.replace("\0", "")), delimiter=delimiter)
    try:
        heads = [re.sub(r"[^a-z0-9]", "", visible(cell).lower()) for cell in next(rows, [])]
        columns = [heads.index(head) for head in HEADS if head in heads]
        if not columns:
            return
        for row in rows:
            cells = [visible(row[column]).strip() for column in columns if column < len(row)]
            cell = next((cell for cell in cells if cell.strip("=\"' ")), "")
            if cell:
                yield rows.line_num, cell
    except csv.Error as fault:
        sentence = f"Line {rows.line_num} of the table can't be read ({fault}). Send plain text instead."
        raise UploadFault(sentence) from None
