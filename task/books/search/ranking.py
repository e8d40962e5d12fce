"""Which of the books that match stands first: the obvious one.

Its title is what was typed; its title begins so; so does its title after the author's name; it is by an author of this
name; its title has the words together, or anywhere; then those that have them elsewhere. Among equals the shorter
title, then the newer book.
"""

from collections.abc import Callable, Sequence

from task.books.search.matching import Row
from task.books.search.query import Query, Term


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
        title, authors = f" {row.title} ", f" {row.authors} "
        in_whole = sum(1 for test in whole if not test(title))
        if row.beginning == start:
            return 0, 0
        if row.beginning.startswith(start):
            return (1 if row.beginning[len(start)] == " " else 3), 0
        by = [test(authors) for test in tests]
        if all(by):
            return 4, in_whole
        if any(by):
            rest = " ".join(name for name, is_author in zip(names, by, strict=True) if not is_author)
            if row.beginning == rest:
                return 1, 0
            if row.beginning.startswith(rest):
                return 2, in_whole
        if f" {start}" in title:
            return 5, in_whole
        if all(test(title) for test in tests):
            return 6, in_whole
        if all(is_author or test(title) for is_author, test in zip(by, tests, strict=True)):
            return 7, in_whole
        return 8, in_whole

    return rank


def tester(term: Term) -> Callable[[str], bool]:
    """Whether a text, with a blank at both ends, has one of the words."""
    ends = "" if term.is_start else " "
    parts = [f" {word}{ends}" for word in term.words]
    if len(parts) == 1:
        only = parts[0]
        return lambda text: only in text
    return lambda text: any(part in text for part in parts)
