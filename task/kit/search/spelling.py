"""A typing error forgiven: one letter too many, too few, another, or two that changed places.

Each word that this may have been is looked for in the index itself, all in one question: no table of words is kept,
which every new row would have to grow.
"""

import re
from collections.abc import Iterator

from task.kit.search.matching import Index
from task.kit.search.query import Query, Term
from task.kit.search.words import IS_UNSPACED

SHORTEST, LONGEST = 4, 20  # letters of a word that is mended
MOST_WORDS = 6  # of a query that are tried
USUAL = 20  # rows with a word that is taken for one, and not for a typing error
READ = 200  # rows that decide which word was meant
MOST_MEANT = 20  # words that are looked at
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "абвгдежзиклмнопрстуфхцчшщъыьэюяєіїґјљњћџ",
    "אבגדהוזחטיכלמנסעפצקרשתךםןףץ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويءپچگ",
)


def mended(query: Query, index: Index, own: tuple[Term, ...] = ()) -> tuple[Query, str, str] | None:
    """The query with one word in another spelling, under which there are rows; that word, and the one it was."""
    for place, term in enumerate(query.terms[:MOST_WORDS]):
        word = term.words[0]
        meant = set(spellings(word))
        if not meant or _is_usual(word, index, own):
            continue
        counts: dict[str, int] = {}
        for each in index.known(meant)[:MOST_MEANT]:
            rows, _ = index.matching(query.replace(place, (each,)), READ, own)
            counts |= {each: len(rows)} if rows else {}
        if counts:
            best = max(counts, key=lambda each: (counts[each], each[0] == word[0], each))
            return query.replace(place, (best,)), best, word
    return None


def _is_usual(word: str, index: Index, own: tuple[Term, ...]) -> bool:
    """Whether more rows have this word than a typing error would explain."""
    _, more = index.matching(Query((Term((word,)),)), USUAL, own)
    return more


def spellings(word: str) -> Iterator[str]:
    """All words that differ from this one by one letter, in the letters of its own script."""
    if not SHORTEST <= len(word) <= LONGEST or IS_UNSPACED.search(word) or re.search(r"\d", word):
        return
    letters = next((letters for letters in ALPHABETS if word[0] in letters), "".join(sorted(set(word))))
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            if tail and letter != tail[0]:
                yield head + letter + tail[1:]
