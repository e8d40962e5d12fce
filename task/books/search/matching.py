"""The books that match, as rows to be ranked."""

from typing import NamedTuple

from task.kit.search.matching import Index
from task.kit.search.query import Query


class Row(NamedTuple):
    book: int
    beginning: str
    title: str
    authors: str


INDEX = Index(
    "books_indexedbook",
    "book_id",
    words="books_words",
    columns=("title", "authors", "others"),
    shown=("book_id", "beginning", "title", "authors"),
)


def matching(query: Query, most: int) -> tuple[list[Row], bool]:
    """Up to `most` rows, and whether there are more, or may be."""
    rows, more = INDEX.matching(query, most)
    return [Row(*row) for row in rows], more
