"""One number: the signs it is written with, and why it is no ISBN."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from stdnum import isbn as isbn_number

LONGEST = 100  # characters of one ISBN with all that people write around it
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
NOISE = "\"'=`()[]<>."  # around an ISBN, as in Goodreads' export: ="9780345418913"
LABEL = re.compile(r"^(?:urn:)?(?:e-?)?isbn(?:[- ]?1[03](?=[:\s]|$))?\s*:?\s*", re.IGNORECASE)


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


def compact(text: str) -> str:
    """`text` without hyphens, blanks and what surrounds an ISBN; any script's digits as ASCII, x as X."""
    return text.translate(DIGITS).strip(NOISE).upper()


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


def to_isbn13(text: str) -> str | None:
    """The 13 digits of one good ISBN in any spelling, else None."""
    number = compact(LABEL.sub("", text.strip()))
    if fault_of(number):
        return None
    return str(isbn_number.to_isbn13(number))


def shown(text: str) -> str:
    """`text` short enough for a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def visible(text: str) -> str:
    """`text` without what nobody sees: marks of direction, zero-width characters, a byte order mark, NUL."""
    return text.translate(SEEN)
