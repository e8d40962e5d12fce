"""Matching on PostgreSQL: a generated `tsvector` column with a GIN index (migration 0022).

The words are lexemes as they are: no parser, dictionary or locale of the server has a say in them.
"""

from task.books.search.query import Query, Term

FOUND = """
SELECT found.book_id, found.beginning, found.title, found.authors
FROM (SELECT book_id FROM books_indexedbook WHERE words @@ %s::tsquery LIMIT %s) AS hit
JOIN books_indexedbook AS found ON found.book_id = hit.book_id
"""


def matching(query: Query) -> str:
    return " & ".join(f"({_any(term)})" for term in query.terms)


def _any(term: Term) -> str:
    return " | ".join(f"'{word}':*" if term.is_start else f"'{word}'" for word in term.words)
