"""ISBNs as people type, paste, scan and export them: what is good, and about the rest one sentence a line."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from stdnum import isbn as isbn_number

LIMIT = 5000  # ISBNs at once

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
NOISE = "\"'=`()[]<>."  # around an ISBN, as in Goodreads' export: ="9780345418913"
LABEL = re.compile(r"^(?:urn:)?(?:e-?)?isbn(?:[- ]?1[03](?=[:\s]|$))?\s*:?\s*", re.IGNORECASE)
PARTS = re.compile(r"[,;|]")


@dataclass(frozen=True)
class Problem:
    """Something about line `line` (from 1). `kind`: bad, repeat, limit."""

    line: int
    kind: str
    text: str  # as it was written, to be kept in the box
    sentence: str


@dataclass
class Parsed:
    good: list[str] = field(default_factory=list)  # ISBN-13 digits, each once, in the order they were written
    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # where a good one stands

    @property
    def bad(self) -> list[Problem]:
        """What could not go on; a repeat is told, and no error."""
        return [problem for problem in self.problems if problem.kind != "repeat"]


def compact(text: str) -> str:
    """`text` without hyphens, blanks and what surrounds an ISBN; any script's digits as ASCII, x as X."""
    digits = (str(unicodedata.decimal(c, c)) for c in text if c not in DASHES and not c.isspace())
    return "".join(digits).strip(NOISE).upper()


def to_isbn13(text: str) -> str | None:
    """The 13 digits of one good ISBN in any spelling, else None."""
    number = compact(LABEL.sub("", text.strip()))
    if fault_of(number):
        return None
    return str(isbn_number.to_isbn13(number))


def fault_of(number: str) -> str:
    """Why `number` (compact) is not an ISBN, as the end of a sentence; "" when it is one."""
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+", number):
        return "a spreadsheet has shortened it; format the column as text and export it again"
    if re.fullmatch(r"M\d{9}", number):
        return "it is an ISMN, the number of printed music"
    if not re.fullmatch(r"\d*X?", number):
        if re.fullmatch(r"[\dX]*", number):
            return "an X may only stand at the end of ten digits"
        return "it has letters or signs in it"
    if len(number) not in (10, 13):
        return f"it has {len(number)} digit{'s' if len(number) != 1 else ''}, and an ISBN has 10 or 13"
    if len(number) == 13:
        if number.startswith("9790"):
            return "it begins with 979-0, so it is an ISMN, the number of printed music"
        if number.startswith("977"):
            return "it begins with 977, so it is the number of a magazine or newspaper"
        if number.endswith("X"):
            return "an X may only stand at the end of ten digits"
        if not number.startswith(("978", "979")):
            return "one of 13 digits begins with 978 or 979"
    if not isbn_number.is_valid(number):
        return f"its check digit should be {check_digit(number)}"
    return ""


def check_digit(number: str) -> str:
    """The digit that should stand at the end of `number`, which has the right length."""
    choices = "0123456789X" if len(number) == 10 else "0123456789"
    return next(digit for digit in choices if isbn_number.is_valid(number[:-1] + digit))


def pieces(line: str) -> Iterator[str]:
    """The single numbers of a line, as they are written.

    Commas and semicolons separate; blanks do too, unless what they separate is one ISBN written in groups.
    """
    for part in PARTS.split(line):
        part = LABEL.sub("", part.strip())
        words = [word for word in part.split() if compact(LABEL.sub("", word))]
        if not words:
            continue
        whole = compact(part)
        alone = [compact(word) for word in words]
        in_groups = all(len(word) <= 7 for word in alone) and len(whole) <= 14 and not whole.isalpha()
        several = any(not fault_of(word) or len(word) in (10, 13) for word in alone)
        if len(words) == 1 or not fault_of(whole) or (in_groups and not several):
            yield part.strip()
        else:
            for has_digit, group in groupby(words, key=lambda word: any(c.isdecimal() for c in word)):
                numbers = [LABEL.sub("", word) for word in group]
                # "Dune by Frank Herbert" is one thing that is not an ISBN, not four
                yield from numbers if has_digit else [" ".join(numbers)]


def shown(text: str) -> str:
    """`text` short enough for a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def visible(text: str) -> str:
    """`text` without what nobody sees: marks of direction, zero-width characters, a byte order mark, NUL."""
    return "".join(c for c in text if c in "\t\n" or unicodedata.category(c) not in ("Cf", "Cc", "Cs"))


def parse(text: str, limit: int = LIMIT) -> Parsed:
    """Read a text of ISBNs, one or many a line."""
    lines = visible(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return check(((number, piece) for number, line in enumerate(lines, 1) for piece in pieces(line)), limit)


def check(found: Iterable[tuple[int, str]], limit: int = LIMIT) -> Parsed:
    """Sort (line, what is written there) into good ISBNs and problems."""
    parsed = Parsed()
    first: dict[str, tuple[int, str]] = {}  # ISBN-13 -> its line and spelling
    for line, text in found:
        number = compact(text)
        if not number:
            continue
        fault = fault_of(number)
        if fault:
            sentence = f"Line {line}: {shown(text)} is not an ISBN: {fault}."
            parsed.problems.append(Problem(line, "bad", text, sentence))
            continue
        isbn = str(isbn_number.to_isbn13(number))
        if isbn in first:
            parsed.problems.append(Problem(line, "repeat", text, repeat(line, text, number, *first[isbn])))
        elif len(parsed.good) >= limit:
            sentence = f"Line {line}: {shown(text)} is one too many: at most {limit:,} ISBNs go on at once."
            parsed.problems.append(Problem(line, "limit", text, f"{sentence} Send it next."))
        else:
            first[isbn] = (line, number)
            parsed.good.append(isbn)
            parsed.lines[isbn] = line
    return parsed


def repeat(line: int, text: str, number: str, first_line: int, first_number: str) -> str:
    where = "earlier on this line" if first_line == line else f"on line {first_line}"
    if len(number) != len(first_number):
        return f"Line {line}: {shown(text)} is the same book as {first_number} {where}; it is looked up once."
    return f"Line {line}: {shown(text)} stands {where} already; it is looked up once."
