"""Matching on SQLite: an FTS5 table beside the index, which triggers keep.

Its words come folded and apart. So its tokenizer is `ascii`: it splits at blanks, and takes other letters as they are.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection

from task.kit.search.query import Query, Term
from task.kit.search.tables import WordTable

# The newest first: FTS5 walks its lists of rows in this order, and stops at the limit.
FOUND = """
SELECT {shown} FROM (SELECT rowid FROM {words} WHERE {words} MATCH %s ORDER BY rowid DESC LIMIT %s) AS hit
JOIN {table} AS found ON found.{key} = hit.rowid ORDER BY hit.rowid DESC
"""
KNOWN = """
SELECT value FROM json_each(%s) WHERE EXISTS (SELECT 1 FROM {words} WHERE {words} MATCH '"' || value || '"')
"""


def rows(index: WordTable, query: Query, most: int) -> tuple[list[Any], bool]:
    """Up to `most` rows, the newest first, and whether there are more."""
    shown = ", ".join(f"found.{name}" for name in index.shown)
    with connection.cursor() as cursor:
        sql = FOUND.format(shown=shown, words=index.words, table=index.table, key=index.key)
        cursor.execute(sql, [matching(query), most + 1])
        found = cursor.fetchall()
    return found[:most], len(found) > most


def by_index() -> AbstractContextManager[None]:
    return nullcontext()  # there is no other way


def matching(query: Query) -> str:
    """It knows where words stand: a phrase is asked for as one, and its words not again."""
    within = {Term((word,)) for phrase in query.phrases for word in phrase.split()}
    terms = [f"({_any(term)})" for term in query.terms if term not in within]
    return " AND ".join([*terms, *(f'"{phrase}"' for phrase in query.phrases)])


def _any(term: Term) -> str:
    return " OR ".join(f'"{word}"*' if term.is_start else f'"{word}"' for word in term.words)


def wait_for_writers() -> None:
    """There is one at a time, and none behind whose back something changes."""
