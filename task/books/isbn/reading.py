"""A text that somebody scans, types, pastes or sends, in pieces: ISBNs, and what is none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from task.books.isbn.beside import ADD_ON, JUST_ADD_ON, explained, numbers_and_words, quantities
from task.books.isbn.finding import Found, Line, blanked, laid_out, without
from task.books.isbn.numbers import LONGEST, fault_of, isbn13_of, offers_of
from task.books.isbn.signs import NOISE, SEPARATORS, compact, plain, shown, tidy

LIMIT = 5000  # ISBNs at once
LONG_LINE = 2000  # characters, from which on a line is read in parts
SEPARATOR = f"[{re.escape(SEPARATORS)}]"
# Parts of a long line end where no ISBN does, if they can; else at a blank; else the word is longer than a line.
SOME = re.compile(
    rf"[^\n]{{1,{LONG_LINE}}}(?={SEPARATOR}|\s(?![0-9])|\s97[89]|\Z)|[^\n]{{1,{LONG_LINE}}}(?=\s)|[^\s{re.escape(SEPARATORS)}]+"
)
LINE = re.compile(r"[^\n]+")
PART = re.compile(rf"[^{re.escape(SEPARATORS)}]+")
LABEL = re.compile(r"^\s*(?:urn:)?(?:e-?)?isbn(?:[- ]?1[03](?=[:\s]|$))?\s*:?\s*", re.IGNORECASE)
IN_ADDRESS = re.compile(
    r"(?:(?:isbn|/dp|/product)[^0-9a-z]{0,3}|(?<![0-9])(?=97[89]))([0-9]{13}|[0-9]{9}[0-9X])(?![0-9a-z])", re.I
)
ORNAMENT = f" \t{NOISE}"
WORTH = re.compile(r"[^\W_]{2}|[0-9]")  # a word: less is a letter that a scanner puts around a number
WHOLE = re.compile(r"\S(?:.*\S)?")
SOME_WORDS = re.compile(r"\S+(?:\s+\S+){0,19}")  # of a long line without numbers, told in one sentence


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


def read(text: str, after_isbn: bool = False) -> Iterator[Piece]:
    """The pieces of a text, one by one as they are read: no list of all is made, and time grows with the length alone.

    This is how box, file, search and API read. A book that is named twice comes twice: what that means is the caller's.
    A line has at most one note. `after_isbn`: an ISBN came just before, so that five digits alone are its price code.
    """
    text = tidy(text)
    line, counted = 1, 0
    for part in parts(text):
        start = part.start()
        line, counted = line + text.count("\n", counted, start), start
        for piece in pieces_of_part(part[0], after_isbn):
            yield replace(piece, line=line)
            after_isbn = piece.kind == "isbn"


def to_isbn13(text: str) -> str | None:
    """The 13 digits of the one ISBN that `text` says, in any spelling, else None."""
    said = [piece for piece in islice(read(text[:LONG_LINE]), 3) if piece.kind != "quiet"]
    return said[0].isbn or None if len(said) == 1 else None


def parts(text: str) -> Iterator[re.Match[str]]:
    """Lines, and of a very long one some of it at a time."""
    for line in LINE.finditer(text):
        if line.end() - line.start() > LONG_LINE:
            yield from SOME.finditer(text, *line.span())
        else:
            yield line


def pieces_of_part(text: str, after_isbn: bool) -> Iterator[Piece]:
    bare = text.strip(ORNAMENT)
    if isbn := isbn13_of(bare.upper()):
        yield Piece(1, bare, isbn)
    elif len(bare) < 2 and not bare.isalnum():
        return
    elif len(text) > LONG_LINE:
        yield from of_endless_word(text)
    elif after_isbn and JUST_ADD_ON.fullmatch(plain(text)):
        yield Piece(1, text.strip(), note="The price code of the ISBN before it.")
    elif text.strip():
        yield from of_line(text)


def of_endless_word(text: str) -> Iterator[Piece]:
    """Longer than a line may be, without a blank: nothing else than ISBNs one behind the other is looked for in it."""
    any_found = False
    for run in re.finditer(r"[0-9]{14,}", plain(text)):
        for start, end in laid_out(run[0]):
            any_found = True
            number = run[0][start:end]
            yield Piece(1, number, isbn13_of(number))
    if not any_found:
        yield Piece(1, text, fault="it is too long")


def of_line(text: str) -> Iterator[Piece]:
    line = Line(plain(text)).find()
    add_ons = [match.span(1) for match in ADD_ON.finditer(line.left)]
    line.left = without(ADD_ON, line.left)
    many = quantities(line)
    addresses = without_isbn(line)
    aside = sorted(explained(line))
    numbers, words = numbers_and_words(line)
    found = sorted([*line.found, *addresses, *numbers], key=lambda each: each.start)
    if not found and (words or not aside):
        yield from of_words(text)
        return
    note = " ".join(filter(None, [price_codes(text, add_ons), not_read(text, sorted(aside + words))]))
    if not found:
        yield Piece(1, text.strip(), note="A date or a time, and no ISBN beside it.")
        return
    noted = next((each for each in found if each.isbn), found[0])
    for each in found:
        sentences = [each.note, note if each is noted else ""]
        yield Piece(
            1, text[each.start : each.end], each.isbn, many.get(each.start, 1), each.fault,
            offers_of(each.number) if each.fault else (), " ".join(filter(None, sentences)),
        )  # fmt: skip


def price_codes(text: str, places: list[tuple[int, int]]) -> str:
    codes = [text[start:end] for start, end in places]
    return f"{' and '.join(codes[:2])} {'is a price code' if len(codes) == 1 else 'are price codes'}." if codes else ""


def not_read(text: str, places: list[tuple[int, int]]) -> str:
    """What is beside the ISBNs, as it is written, in a sentence."""
    together: list[tuple[int, int]] = []
    for start, end in places:
        if together and not text[together[-1][1] : start].strip():
            together[-1] = together[-1][0], end
        else:
            together.append((start, end))
    words = [text[start:end].strip(NOISE + "-/*&:") for start, end in together]
    words = [" ".join(word.split()) for word in words if WORTH.search(word)]
    return f"Beside it, not read: {shown(', '.join(words))}." if words else ""


def without_isbn(line: Line) -> list[Found]:
    """Addresses that nothing was found in; the others are done with."""
    faults = []
    for start, end in line.addresses:
        if not any(start <= each.start < end for each in line.found):
            number = IN_ADDRESS.search(line.left, start, end)
            if number and (fault := fault_of(number[1].upper())):
                faults.append(Found(*number.span(1), number[1].upper(), fault=fault))
            else:
                faults.append(Found(start, end, fault="it is an address without an ISBN in it"))
        line.left = blanked(line.left, start, end)
    return faults


def of_words(text: str) -> Iterator[Piece]:
    """Where there is no number: what stands between commas is one thing that is no ISBN."""
    for part in PART.finditer(text):
        start = LABEL.match(part[0])
        begin = part.start() + (start.end() if start else 0)
        pattern = SOME_WORDS if part.end() - begin > LONGEST else WHOLE
        for words in pattern.finditer(text, begin, part.end()):
            if not (number := compact(words[0])):
                continue
            fault = fault_of(number) if len(words[0]) <= LONGEST else "it is too long"
            yield Piece(1, words[0], fault=fault, offers=offers_of(number))
