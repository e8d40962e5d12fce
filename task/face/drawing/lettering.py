"""How wide words are in the desk's typeface, so that a title drawn on the server fits its cover."""

import unicodedata
from functools import lru_cache

# Advance widths of Instrument Sans at weight 620, in hundredths of the type size, measured in a browser.
GROUPS = {
    19: " ", 23: "|", 25: "I", 26: "'ijl", 28: ",.:;", 30: "!", 35: "`", 37: "f", 39: "1r", 41: "t", 42: "J", 43: "*",
    44: "()/[\\]{}", 46: '"', 47: "_", 49: "-", 50: "s", 51: "z", 54: "vy", 55: "+<=>^c~", 56: "27ak", 57: "e",
    58: "35?", 59: "FLx", 60: "8ou", 61: "hn", 62: "469bdgpq", 63: "EZ", 64: "$S", 65: "B", 66: "R", 67: "PT",
    68: "0", 70: "UY", 71: "KX", 72: "HN", 73: "#AV", 75: "CD", 76: "G", 77: "&", 79: "%O", 80: "w", 81: "Q", 87: "@",
    90: "M", 94: "m", 109: "W",
}  # fmt: skip
ADVANCE = {letter: width / 100 for width, letters in GROUPS.items() for letter in letters}


def advance(letter: str) -> float:
    known = ADVANCE.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    base = unicodedata.normalize("NFD", letter)[0]
    return ADVANCE.get(base, 0.66)


def width(text: str, size: float, tracking: float = 0.0) -> float:
    return ems(text, tracking) * size


@lru_cache(maxsize=4096)  # a title is tried in many sizes
def ems(text: str, tracking: float) -> float:
    return sum(map(advance, text)) + tracking * len(text)


def clean(text: object, most: int = 400) -> str:
    """One line of printable text from anything: no control characters, no halves of a surrogate pair."""
    letters = str("" if text is None else text)[: most * 4]
    whole = letters.encode("utf-8", "replace").decode()
    printable = "".join(" " if unicodedata.category(c) in ("Cc", "Cn", "Co") else c for c in whole)
    return " ".join(printable.split())[:most]


def is_right_to_left(text: str) -> bool:
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def shorten(text: str, size: float, room: float, tracking: float = 0.0) -> str:
    if width(text, size, tracking) <= room:
        return text
    while text and width(text + "…", size, tracking) > room:
        text = text[:-1]
    return text.rstrip(" ,.;:") + "…"


def _pieces(word: str, size: float, room: float, tracking: float) -> list[str]:
    """A word that is wider than the line, cut into pieces that are not."""
    if width(word, size, tracking) <= room:
        return [word]
    pieces, piece = [], ""
    for letter in word:
        if piece and width(piece + letter, size, tracking) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def lines_of(text: str, size: float, room: float, tracking: float = 0.0) -> tuple[list[str], bool]:
    """The text broken into lines, and whether a word had to be cut for it."""
    lines: list[str] = []
    cut = False
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, tracking) <= room:
            lines[-1] = joined
            continue
        pieces = _pieces(word, size, room, tracking)
        cut = cut or len(pieces) > 1
        lines.extend(pieces)
    return lines, cut


def fit(text: str, sizes: range, room: float, most: int, tracking: float = 0.0) -> tuple[int, list[str]]:
    """The largest of `sizes` (falling) at which `text` takes at most `most` lines; else the smallest, with "…"."""
    for size in sizes:
        lines, cut = lines_of(text, size, room, tracking)
        if len(lines) <= most and not cut:
            return size, lines
    smallest = sizes[-1]
    lines, _ = lines_of(text, smallest, room, tracking)
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], shorten(rest, smallest, room, tracking)]
        if not lines[-1].endswith("…"):
            lines[-1] = shorten(lines[-1] + "…", smallest, room, tracking)
    return smallest, lines
