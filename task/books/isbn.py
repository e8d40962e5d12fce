"""ISBNs as people type, paste, scan and export them: what is good, and about the rest one sentence a line."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, islice

from stdnum import isbn as isbn_number

LIMIT = 5000  # ISBNs at once
MOST_PROBLEMS = 5000  # told or kept one by one; what stands behind so many is not read any more
MOST_REPEATS = 20_000
LONGEST = 100  # characters of one ISBN with all that people write around it

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
NOISE = "\"'=`()[]<>."  # around an ISBN, as in Goodreads' export: ="9780345418913"
LABEL = re.compile(r"^(?:urn:)?(?:e-?)?isbn(?:[- ]?1[03](?=[:\s]|$))?\s*:?\s*", re.IGNORECASE)
PART = re.compile(r"[^,;|\n]+")
LONG_PART = 2000  # characters, from which on a part is read by so many words at a time
SOME_WORDS = re.compile(r"\S+(?:\s+\S+){0,49}")
SIGN = re.compile(rf"[^\s{re.escape(DASHES + NOISE)}]")  # something that is neither blank nor ornament
DIGIT = re.compile(r"\d")
WORDS_TOGETHER = 20  # of a long line without digits, told in one sentence


class Signs(dict[int, str | None]):
    """What a text's characters become, for `str.translate`: ASCII is worked out once, and of the rest nothing kept."""

    def __init__(self, become: Callable[[str], str | None]) -> None:
        self.become = become
        super().__init__({code: become(chr(code)) for code in range(128)})

    def __missing__(self, code: int) -> str | None:
        return self.become(chr(code))


def _digit(c: str) -> str | None:
    return None if c in DASHES or c.isspace() else str(unicodedata.decimal(c, c))


def _seen(c: str) -> str | None:
    return c if c in "\t\n" or unicodedata.category(c) not in ("Cf", "Cc", "Cs") else None


DIGITS, SEEN = Signs(_digit), Signs(_seen)


@dataclass(frozen=True)
class Problem:
    """Something about line `line` (from 1). `kind`: bad, repeat, limit."""

    line: int
    kind: str
    text: str  # as it was written, to be kept in the box
    sentence: str


@dataclass
class Parsed:
    """What was read. It keeps no more than LIMIT good ones and MOST_PROBLEMS problems, however long the text is."""

    limit: int = LIMIT
    good: list[str] = field(default_factory=list)  # ISBN-13 digits, each once, in the order they were written
    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # where a good one stands
    more: int = 0  # about how many others are neither told nor kept
    stopped_at: int = 0  # the line at which reading ended early
    rest: str = ""  # of a text what stands from there on, as it was written
    _numbers: dict[str, str] = field(default_factory=dict)  # a good one as it was spelled first
    _repeats: int = 0

    @property
    def bad(self) -> list[Problem]:
        """What needs fixing; a repeat is told, and no error."""
        return [problem for problem in self.problems if problem.kind != "repeat"]

    @property
    def is_full(self) -> bool:
        reported = min(self._repeats, MOST_PROBLEMS)
        return len(self.problems) - reported >= MOST_PROBLEMS or self._repeats >= MOST_REPEATS

    def add(self, line: int, text: str) -> None:
        """One number as it is written on a line: a good ISBN, or a problem."""
        number = compact(text) if len(text) <= LONGEST else ""
        if not number and len(text) <= LONGEST:
            return
        fault = fault_of(number) if number else "it is too long"
        if fault:
            sentence = f"Line {line}: {shown(text)} is not an ISBN: {fault}."
            self.problems.append(Problem(line, "bad", text, sentence))
            return
        isbn = str(isbn_number.to_isbn13(number))
        if isbn in self.lines:
            self._repeats += 1
            if self._repeats > MOST_PROBLEMS:
                self.more += 1
            else:
                sentence = repeat(line, text, number, self.lines[isbn], self._numbers[isbn])
                self.problems.append(Problem(line, "repeat", text, sentence))
        elif len(self.good) >= self.limit:
            sentence = f"Line {line}: {shown(text)} is over the limit of {self.limit:,} ISBNs at once."
            self.problems.append(Problem(line, "limit", text, f"{sentence} Send it next."))
        else:
            self.good.append(isbn)
            self.lines[isbn], self._numbers[isbn] = line, number


def compact(text: str) -> str:
    """`text` without hyphens, blanks and what surrounds an ISBN; any script's digits as ASCII, x as X."""
    return text.translate(DIGITS).strip(NOISE).upper()


def to_isbn13(text: str) -> str | None:
    """The 13 digits of one good ISBN in any spelling, else None."""
    number = compact(LABEL.sub("", text.strip()))
    if fault_of(number):
        return None
    return str(isbn_number.to_isbn13(number))


@lru_cache(maxsize=1024)
def fault_of(number: str) -> str:
    """Why `number` (compact) is not an ISBN, as the end of a sentence; "" when it is one."""
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+", number):
        return "a spreadsheet has shortened it; format the column as text and export it again"
    if re.fullmatch(r"M\d{9}", number):
        return "it is an ISMN, the number of printed music"
    if not re.fullmatch(r"\d*X?", number):
        if re.fullmatch(r"[\dX]*", number):
            return "X can only be the last of ten digits"
        return "it has letters or signs in it"
    if len(number) not in (10, 13):
        return f"it has {len(number)} digit{'s' if len(number) != 1 else ''}, and an ISBN has 10 or 13"
    if len(number) == 13:
        if number.startswith("9790"):
            return "it begins with 979-0, so it is an ISMN, the number of printed music"
        if number.startswith("977"):
            return "it begins with 977, so it is the number of a magazine or newspaper"
        if number.endswith("X"):
            return "X can only be the last of ten digits"
        if not number.startswith(("978", "979")):
            return "an ISBN of 13 digits begins with 978 or 979"
    if not isbn_number.is_valid(number):
        return f"its check digit should be {check_digit(number)}"
    return ""


def check_digit(number: str) -> str:
    """The digit that should stand at the end of `number`, which has the right length."""
    choices = "0123456789X" if len(number) == 10 else "0123456789"
    return next(digit for digit in choices if isbn_number.is_valid(number[:-1] + digit))


def parts(text: str, begin: int = 0) -> Iterator[re.Match[str]]:
    """What stands between commas, semicolons and ends of lines."""
    for part in PART.finditer(text, begin):
        if part.end() - part.start() > LONG_PART:
            yield from SOME_WORDS.finditer(text, part.start(), part.end())
        else:
            yield part


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


def shown(text: str) -> str:
    """`text` short enough for a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def visible(text: str) -> str:
    """`text` without what nobody sees: marks of direction, zero-width characters, a byte order mark, NUL."""
    return text.translate(SEEN)


def parse(text: str, limit: int = LIMIT) -> Parsed:
    """Read a text of ISBNs, one or many a line."""
    text = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    parsed = Parsed(limit)
    line, counted = 1, 0
    for part in parts(text):
        line, counted = line + text.count("\n", counted, part.start()), part.start()
        if parsed.is_full:
            parsed.stopped_at, parsed.rest = line, text[counted:]
            parsed.more += sum(not part[0].isspace() for part in parts(text, counted))
            break
        for piece in pieces(part[0]):
            parsed.add(line, piece)
    return parsed


def check(found: Iterable[tuple[int, str]], limit: int = LIMIT) -> Parsed:
    """Sort (line, what is written there) into good ISBNs and problems."""
    parsed = Parsed(limit)
    for line, text in found:
        if parsed.is_full:
            parsed.stopped_at = line
            break
        parsed.add(line, text)
    return parsed


def repeat(line: int, text: str, number: str, first_line: int, first_number: str) -> str:
    where = "earlier on this line" if first_line == line else f"on line {first_line}"
    if len(number) != len(first_number):
        return f"Line {line}: {shown(text)} is the same book as {first_number} {where}. It is looked up once."
    return f"Line {line}: {shown(text)} is also {where}. It is looked up once."
