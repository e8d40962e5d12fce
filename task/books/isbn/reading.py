"""A text that somebody scans, types, pastes or sends, in pieces: ISBNs, and what is none."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from stdnum import isbn as isbn_number

from task.books.isbn.numbers import DASHES, LABEL, LONGEST, NOISE, compact, fault_of, shown, visible

PART = re.compile(r"[^,;|\n]+")
LONG_PART = 2000  # characters, from which on a part is read by so many words at a time
SOME_WORDS = re.compile(r"\S+(?:\s+\S+){0,49}")
SIGN = re.compile(rf"[^\s{re.escape(DASHES + NOISE)}]")  # something that is neither blank nor ornament
DIGIT = re.compile(r"\d")
WORDS_TOGETHER = 20  # of a long line without digits, told in one sentence


@dataclass(frozen=True)
class Piece:
    """One thing that a text says, in the order of the text. Of three kinds:

    isbn     a book: `isbn`, `quantity`, and perhaps a `note`
    refused  no ISBN: `fault` says why, and `offers` what it may be
    quiet    nothing to do and nothing to mend: a price code under its ISBN, a date; `note` says what it is
    """

    line: int  # from 1
    text: str  # as it is written, without what nobody sees. It may be long: keep `text[:LONGEST]`
    isbn: str = ""  # 13 digits
    quantity: int = 1  # "9780345418913 x 2" is two copies
    fault: str = ""  # the end of a sentence, like "its check digit should be 5"
    offers: tuple[str, ...] = ()  # ISBN-13s that a person may choose from, the likeliest first
    note: str = ""  # a whole sentence about what is beside it
    start: int = 0  # where it begins, once lines end alike and what nobody sees is gone
    number: str = ""  # the digits as they are written, of an ISBN: 10 or 13

    @property
    def kind(self) -> str:
        return "isbn" if self.isbn else "refused" if self.fault else "quiet"

    @property
    def reason(self) -> str:
        """Why it is refused, as a sentence of its own beside the text: "Its check digit should be 5." """
        return f"{self.fault[:1].upper()}{self.fault[1:]}." if self.fault else ""

    @property
    def sentence(self) -> str:
        """Why it is refused, with its text: "9780451524936 is not an ISBN: its check digit should be 5." """
        return f"{shown(self.text)} is not an ISBN: {self.fault}." if self.fault else ""


def read(text: str) -> Iterator[Piece]:
    """The pieces of a text, one by one as they are read: no list of all is made, and time grows with the length alone.

    This is how box, file, search and API read. A book that is named twice comes twice: what that means is the caller's.
    """
    return pieces_of(tidy(text))


def tidy(text: str) -> str:
    """With one end of lines, and without what nobody sees."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))


def pieces_of(text: str) -> Iterator[Piece]:
    """Of a text that is `tidy` already."""
    line, counted = 1, 0
    for part in parts(text):
        line, counted = line + text.count("\n", counted, part.start()), part.start()
        for written in pieces(part[0]):
            if piece := piece_of(written, line, counted):
                yield piece


def piece_of(text: str, line: int = 1, start: int = 0) -> Piece | None:
    """One number as it is written."""
    if len(text) > LONGEST:
        return Piece(line, text, fault="it is too long", start=start)
    number = compact(text)
    if not number:
        return None
    if fault := fault_of(number):
        return Piece(line, text, fault=fault, start=start)
    return Piece(line, text, str(isbn_number.to_isbn13(number)), start=start, number=number)


def parts(text: str, begin: int = 0) -> Iterator[re.Match[str]]:
    """What stands between commas, semicolons and ends of lines."""
    for part in PART.finditer(text, begin):
        if part.end() - part.start() > LONG_PART:
            yield from SOME_WORDS.finditer(text, part.start(), part.end())
        else:
            yield part


def part_count(text: str, begin: int) -> int:
    """About how many pieces there are from `begin` on."""
    return sum(not part[0].isspace() for part in parts(text, begin))


def pieces(part: str) -> Iterator[str]:
    """The single numbers of a part of a line (between commas or semicolons), as they are written.

    Blanks separate them too, unless what they separate is one ISBN written in groups.
    """
    if not SIGN.search(part):
        return
    part = LABEL.sub("", part.strip())
    if len(part) > LONGEST:
        words_of_it = (match[0] for match in re.finditer(r"\S+", part))
        yield from apart(word for word in words_of_it if SIGN.search(LABEL.sub("", word)))
        return
    words = [word for word in part.split() if compact(LABEL.sub("", word))]
    if not words:
        return
    whole = compact(part)
    alone = [compact(word) for word in words]
    in_groups = all(len(word) <= 7 for word in alone) and len(whole) <= 14 and not whole.isalpha()
    several = any(not fault_of(word) or len(word) in (10, 13) for word in alone)
    if len(words) == 1 or not fault_of(whole) or (in_groups and not several):
        yield part.strip()
    else:
        yield from apart(words)


def apart(words: Iterable[str]) -> Iterator[str]:
    """Each word by itself, but "Dune by Frank Herbert" is one thing that is not an ISBN, not four."""
    for has_digit, group in groupby(words, key=lambda word: bool(DIGIT.search(word))):
        numbers = (LABEL.sub("", word) for word in group)
        if has_digit:
            yield from numbers
        else:
            while some := " ".join(islice(numbers, WORDS_TOGETHER)):
                yield some
