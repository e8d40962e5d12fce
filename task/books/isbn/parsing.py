"""ISBNs as people type, paste, scan and export them: what is good, and about the rest one sentence a line."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from task.books.isbn.reading import Piece, part_count, pieces_of, read
from task.books.isbn.signs import shown, tidy

LIMIT = 5000  # ISBNs at once
MOST_PROBLEMS = 5000  # told or kept one by one; what stands behind so many is not read any more
MOST_REPEATS = 20_000


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

    def add(self, piece: Piece) -> None:
        """A piece that was read: a good ISBN, a problem, or nothing to do."""
        line, text, isbn = piece.line, piece.text, piece.isbn
        if piece.kind == "refused":
            self.problems.append(Problem(line, "bad", text, f"Line {line}: {piece.sentence}"))
        elif not isbn:
            return
        elif isbn in self.lines:
            self._repeats += 1
            if self._repeats > MOST_PROBLEMS:
                self.more += 1
            else:
                sentence = repeat(line, text, piece.number, self.lines[isbn], self._numbers[isbn])
                self.problems.append(Problem(line, "repeat", text, sentence))
        elif len(self.good) >= self.limit:
            sentence = f"Line {line}: {shown(text)} is over the limit of {self.limit:,} ISBNs at once."
            self.problems.append(Problem(line, "limit", text, f"{sentence} Send it next."))
        else:
            self.good.append(isbn)
            self.lines[isbn], self._numbers[isbn] = line, piece.number


def parse(text: str, limit: int = LIMIT) -> Parsed:
    """Read a text of ISBNs, one or many a line."""
    text = tidy(text)
    parsed = Parsed(limit)
    for piece in pieces_of(text):
        if parsed.is_full:
            parsed.stopped_at, parsed.rest = piece.line, text[piece.start :]
            parsed.more += part_count(text, piece.start)
            break
        parsed.add(piece)
    return parsed


def check(found: Iterable[tuple[int, str]], limit: int = LIMIT) -> Parsed:
    """Sort (line, what is written there) into good ISBNs and problems."""
    parsed = Parsed(limit)
    for line, text in found:
        if parsed.is_full:
            parsed.stopped_at = line
            break
        for piece in read(text):
            parsed.add(replace(piece, line=line))
    return parsed


def repeat(line: int, text: str, number: str, first_line: int, first_number: str) -> str:
    where = "earlier on this line" if first_line == line else f"on line {first_line}"
    if len(number) != len(first_number):
        return f"Line {line}: {shown(text)} is the same book as {first_number} {where}. It is looked up once."
    return f"Line {line}: {shown(text)} is also {where}. It is looked up once."
