"""What somebody types, as words: any of them anywhere, the last one as a beginning, and "a phrase"."""

import re
from dataclasses import dataclass

from task.kit.search.words import ARTICLES, IS_UNSPACED, beginning, in_order, joined, pieces, split

LONGEST = 1000  # letters that are read
MOST = 20  # words
QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]?")


@dataclass(frozen=True)
class Term:
    """Any of these words, `is_start`: or a longer one that begins with one of them."""

    words: tuple[str, ...]
    is_start: bool = False


@dataclass(frozen=True)
class Query:
    """`terms`, all of which a book must have; `phrases`, which it must have as they are; `beginning`, of its title."""

    terms: tuple[Term, ...] = ()
    phrases: tuple[str, ...] = ()
    beginning: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def replace(self, place: int, words: tuple[str, ...]) -> "Query":
        """With other words in this place."""
        old = self.terms[place]
        terms = (*self.terms[:place], Term(words, old.is_start), *self.terms[place + 1 :])
        start = self.beginning.replace(old.words[0], words[0]) if len(words) == 1 else ""
        return Query(terms, self.phrases, start)


def parse(text: str) -> Query:
    """Signs and what other programs take for operators mean nothing here; what is too long is cut."""
    text = text[:LONGEST]
    terms: list[Term] = []
    phrases: list[str] = []
    for quoted in QUOTED.findall(text):
        words = in_order(quoted)
        terms += [Term((word,)) for word in words]
        if len(words) > 1:
            phrases.append(" ".join(words))
    loose = pieces(QUOTED.sub(" ", text))
    run: list[str] = []  # letters of a script without blanks
    for piece in [*loose, ""]:
        if piece and IS_UNSPACED.match(piece):
            run.append(piece)
            terms.append(Term((piece,)))
            continue
        if len(run) > 1:
            phrases.append(" ".join(run))
        run = []
        if piece:
            terms.append(Term(_alternatives(piece)))
    is_open = bool(loose) and not QUOTED.search(text[-1:]) and not IS_UNSPACED.match(loose[-1])
    terms = _without_article(terms, phrases)
    if is_open and terms:
        terms[-1] = Term(terms[-1].words, is_start=True)
    return Query(tuple(dict.fromkeys(terms[:MOST])), tuple(phrases), beginning(text))


def _alternatives(piece: str) -> tuple[str, ...]:
    """ "l'etranger" is found as "etranger", too."""
    words = split(piece)
    return tuple(dict.fromkeys([joined(piece), max(words, key=len)]))


def _without_article(terms: list[Term], phrases: list[str]) -> list[Term]:
    if len(terms) > 1 and not phrases and terms[0].words[0] in ARTICLES:
        return terms[1:]
    return terms
