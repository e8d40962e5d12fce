"""Which of the books that match stands first: the obvious one.

Its title is what was typed; its title begins so; so does its title after the author's name; its title has no other
words but little ones; it is by an author of this name; title and author have the words; the title has them together, or
anywhere; then those that have them elsewhere. Among equals the shorter title, then the newer book.
"""

from collections.abc import Callable, Sequence

from task.books.search.matching import Row
from task.kit.search.query import Query, Term

LITTLE = frozenset("a an and at by for from in of on or the to with d de del der des die du et la le und y".split())  # noqa: SIM905


def ranked(rows: Sequence[Row], query: Query) -> list[int]:
    rank = ranker(query)
    return [row.book for row in sorted(rows, key=lambda row: (*rank(row), len(row.title), -row.book))]


def ranker(query: Query) -> Callable[[Row], tuple[int, int]]:
    """A function that says how near a row is: the first 0."""
    start = query.beginning
    tests = [tester(term) for term in query.terms]
    whole = [tester(Term(term.words)) for term in query.terms]
    names = [term.words[0] for term in query.terms]

    def rank(row: Row) -> tuple[int, int]:
        if row.beginning.startswith(start):
            rest = row.beginning[len(start) :]
            return (0 if not rest else 1 if rest[0] == " " else 3), 0
        title, authors = f" {row.title} ", f" {row.authors} "
        by = [test(authors) for test in tests]
        is_by = any(by)
        if is_by and not all(by):
            rest = " ".join(name for name, is_author in zip(names, by, strict=True) if not is_author)
            if row.beginning.startswith(rest):
                return (1 if row.beginning == rest else 2), 0
        loose = [test(title) for test in whole].count(False)
        if is_by and all(by):
            return 4, loose
        if not all(is_author or test(title) for is_author, test in zip(by, tests, strict=True)):
            return 8, loose
        if is_whole(row.beginning):
            return 3, loose
        return (5 if is_by else 6 if f" {start}" in title else 7), loose

    def is_whole(beginning: str) -> bool:
        """Whether the title has no other words than these, and little ones."""
        for place, word in enumerate(beginning.split()):
            if (not place or word not in LITTLE) and not any(test(f" {word} ") for test in tests):
                return False
        return bool(beginning)

    return rank


def tester(term: Term) -> Callable[[str], bool]:
    """Whether a text, with a blank at both ends, has one of the words."""
    ends = "" if term.is_start else " "
    parts = [f" {word}{ends}" for word in term.words]
    if len(parts) == 1:
        only = parts[0]
        return lambda text: only in text
    return lambda text: any(part in text for part in parts)
