"""Where in a text the words of a search stand, as the text is written."""

from collections.abc import Iterable

from task.kit.search.query import Term
from task.kit.search.words import PIECES, fold

Hits = list[tuple[int, int]]  # from and to


def hits(text: str, terms: Iterable[Term]) -> Hits:
    """Where these words stand in a text: of a longer word its beginning."""
    places = [place for place, letter in enumerate(text) for _ in fold(letter)]
    folded = "".join(map(fold, text))
    found: Hits = []
    for piece in PIECES.finditer(folded):
        if at := _hit(piece[0], terms):
            start, end = (piece.start() + each for each in at)
            last = places[end - 1] + 1
            while last < len(text) and not fold(text[last]):  # its accents
                last += 1
            found.append((places[start], last))
    return found


def _hit(piece: str, terms: Iterable[Term]) -> tuple[int, int] | None:
    """Which letters of a word as it stands, with its apostrophes, are what was searched for."""
    starts = [0, *(place + 1 for place, letter in enumerate(piece) if letter == "'")]
    for term in terms:
        for word in term.words:
            for start in starts:
                rest = piece[start:]
                for whole, ends in ((rest, rest.find("'")), (rest.replace("'", ""), -1)):
                    part = whole[:ends] if ends >= 0 else whole
                    if part == word or (term.is_start and part.startswith(word)):
                        return start, start + _length(rest, len(word))
    return None


def _length(rest: str, letters: int) -> int:
    """So many letters, and the apostrophes between them."""
    length = 0
    while letters:
        letters -= rest[length] != "'"
        length += 1
    return length
