"""Which names may be one: a column of its own brings them together, and `are_near` compares two of them.

Of a person that is the surname and the first initial, of a subject its words in the singular, in any order.
"""

import re
from itertools import zip_longest

from task.books.models.filing import SAME
from task.kit.keys import fold_name

NEAR_LENGTH = 100
APOSTROPHES = re.compile("['’‘ʼ`´]")
ASIDE = re.compile(r"\([^)]*\)|\d")  # "(John Ronald Reuel)", "1892-1973"
WORD = re.compile(
    r"(?:[^\W\d_]|[\u0900-\u0963\u0966-\u109f\u1780-\u17ff])+"
)  # with the vowel signs of the scripts of India
CAPITALS = re.compile(r"\b[A-Z]{2,3}\b(?!['’])")  # "JRR" are three initials
# Before a surname, or behind it: one source writes them here and another one there, or not at all.
PARTICLES = frozenset(
    "af al av bin da de del della den der des di dos du el ibn la le ten ter van von zu zur "  # noqa: SIM905
    "jr sr ii iii iv sir dr".split()
)


Parts = tuple[str, tuple[str, ...]]


def parts(name: str) -> Parts:
    """The surname's last word, folded, and the given names or their initials."""
    text = CAPITALS.sub(lambda found: " ".join(found[0]), name) if not name.isupper() else name
    text = fold_name(APOSTROPHES.sub("", ASIDE.sub(" ", text))).translate(SAME)
    last, _, first = text.partition(",")
    before, behind = _words(last), _words(first.partition(",")[0])
    if not before:
        before, behind = behind, []
    if not before:
        return " ".join(text.split()), ()
    return before[-1], (*behind, *before[:-1])


def _words(text: str) -> list[str]:
    words = WORD.findall(text)
    return [word for word in words if word not in PARTICLES] or words


def near_person(name: str) -> str:
    surname, given = parts(name)
    return f"{surname[: NEAR_LENGTH - 2]} {given[0][0]}" if given else surname


def near_subject(name: str) -> str:
    text = fold_name(APOSTROPHES.sub("", name)).translate(SAME)
    words = re.findall(rf"(?:\d|{WORD.pattern})+", text)
    return " ".join(sorted(map(_singular, words))) or text


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def are_near(one: str, other: str) -> bool:
    """Whether two people of one near key may be one: no given name speaks against it."""
    return may_be_one(parts(one), parts(other))


def may_be_one(one: Parts, other: Parts) -> bool:
    """As `are_near`, of names that are taken apart."""
    (surname, left), (other_surname, right) = one, other
    if surname != other_surname:
        return False
    return all(not a or not b or _fit(a, b) for a, b in zip_longest(left, right, fillvalue=""))


def _fit(one: str, other: str) -> bool:
    """The same, or the initial of it."""
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
