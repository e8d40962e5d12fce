"""Matching on SQLite: an FTS5 table beside the index, which triggers keep (migration 0022).

Its words come folded and apart. So its tokenizer is `ascii`: it splits at blanks, and takes other letters as they are.
"""

from contextlib import AbstractContextManager, nullcontext

from task.books.search.query import Query, Term

# The newest first: FTS5 walks its lists of rows in this order, and stops at the limit.
FOUND = """
SELECT found.book_id, found.beginning, found.title, found.authors
FROM (SELECT rowid FROM books_words WHERE books_words MATCH %s ORDER BY rowid DESC LIMIT %s) AS hit
JOIN books_indexedbook AS found ON found.book_id = hit.rowid
"""

KNOWN = """
SELECT value FROM json_each(%s)
WHERE EXISTS (SELECT 1 FROM books_words WHERE books_words MATCH '"' || value || '"')
"""


def found(query: Query) -> str:
    return FOUND


def by_index() -> AbstractContextManager[None]:
    return nullcontext()  # there is no other way


def matching(query: Query) -> str:
    return " AND ".join(f"({_any(term)})" for term in query.terms)


def _any(term: Term) -> str:
    return " OR ".join(f'"{word}"*' if term.is_start else f'"{word}"' for word in term.words)


def wait_for_writers() -> None:
    """There is one at a time, and none behind whose back something changes."""
