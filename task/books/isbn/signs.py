"""The signs a number is written with, in any script and on any keyboard, as ASCII."""

import unicodedata
from collections.abc import Callable

BREAK = "\x1e"  # what parts two numbers and is no blank: control characters that scanners send between codes
BREAKS = "\x01\x02\x03\x04\x05\x06\x0b\x0c\x17\x1a\x1b\x1c\x1d\x1e\x1f\x85\u2028\u2029"
SEPARATORS = f",;|\t{BREAK}"  # between parts of a line
DASHES = (
    "-\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2796\u30fc"
    "\ufe58\ufe63\uff0d\uff70"
)
# X in other scripts, and what the key X types on a Russian, Hebrew, Arabic and Korean keyboard.
CROSSES = "\u00d7\u03a7\u03c7\u0425\u0445\u2169\u2179\u2715\u2716\u2a2f\ua7b3\uff38\uff58\u0427\u0447\u05e1\u0621\u314c"
COMMAS = "\u060c\u061b\u3001\uff0c\uff1b\uff5c"
QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a\u300c\u300d"
NOISE = f"\"'=`()[]<>.{QUOTES}"  # around an ISBN, as in Goodreads' export: ="9780345418913"


class Signs(dict[int, str | None]):
    """What a text's characters become, for `str.translate`: ASCII is worked out once, and of the rest nothing kept."""

    def __init__(self, become: Callable[[str], str | None]) -> None:
        self.become = become
        super().__init__({code: become(chr(code)) for code in range(128)})

    def __missing__(self, code: int) -> str | None:
        return self.become(chr(code))


def _plain(c: str) -> str:
    if c in DASHES:
        return "-"
    if c in CROSSES:
        return "X"
    if c in COMMAS:
        return ","
    if c.isspace() and c not in "\t\n":
        return BREAK if c in BREAKS else " "
    if (digit := unicodedata.digit(c, None)) is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", c)
    return folded if len(folded) == 1 else c


def _digit(c: str) -> str | None:
    plain = _plain(c)
    return None if plain == "-" or c.isspace() else plain


def _seen(c: str) -> str | None:
    if c in BREAKS:
        return BREAK
    return c if c in "\t\n" or unicodedata.category(c) not in ("Cf", "Cc", "Cs") else None


PLAIN, DIGITS, SEEN = Signs(_plain), Signs(_digit), Signs(_seen)


def plain(text: str) -> str:
    """`text` in ASCII as far as numbers are written: each character becomes one, so that places stay."""
    return text if text.isascii() else text.translate(PLAIN)


def compact(text: str) -> str:
    """`text` without hyphens, blanks and what surrounds an ISBN; any script's digits as ASCII, x as X."""
    return text.translate(DIGITS).strip(NOISE).upper()


def visible(text: str) -> str:
    """`text` without what nobody sees: marks of direction, zero-width characters, a byte order mark, NUL."""
    return text.translate(SEEN)


def tidy(text: str) -> str:
    """Visible, and with one end of lines."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))


def shown(text: str) -> str:
    """`text` short enough for a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"
