"""Matching on PostgreSQL: a generated `tsvector` column with a GIN index.

The words are lexemes as they are: no parser, dictionary or locale of the server has a say in them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

from task.kit.search.query import Query, Term

if TYPE_CHECKING:
    from task.kit.search.matching import Index

FOUND = """
SELECT {shown} FROM (SELECT * FROM {table} WHERE words @@ %s::tsquery {order} LIMIT %s) AS found
"""
KNOWN = """
SELECT each.word FROM json_array_elements_text(%s) AS each(word)
CROSS JOIN LATERAL (SELECT FROM {table} WHERE words @@ quote_literal(each.word)::tsquery LIMIT 1) AS one
"""
TABLES = (
    """ALTER TABLE {table} ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(
    string_to_array({joined}, ' '), ''))) STORED""",
    # Without a list of what is pending, through which each search would read.
    "CREATE INDEX {words} ON {table} USING gin (words) WITH (fastupdate = off)",
)
NO_TABLES = ()  # the column goes with its table
SCANS = ("enable_seqscan", "enable_indexscan")


def found(index: "Index", query: Query) -> str:
    """The newest first, where one word is asked for: a search that is asked again gives the same.

    A common word is read along the keys, a rare one by its index: the server knows by what ANALYZE has counted.
    """
    order = "" if len(query.terms) > 1 else f"ORDER BY {index.key} DESC"
    return FOUND.format(shown=", ".join(f"found.{name}" for name in index.shown), table=index.table, order=order)


@contextmanager
def by_index() -> Iterator[None]:
    """How many rows have several words the server only guesses: it is to read them by the words' own index."""
    choose = f"SELECT {', '.join(f'set_config({name!r}, %s, true)' for name in SCANS)}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(choose, ["off"] * len(SCANS))
        yield
        cursor.execute(choose, ["on"] * len(SCANS))  # the transaction may be a caller's


def matching(query: Query) -> str:
    return " & ".join(f"({_any(term)})" for term in query.terms)


def _any(term: Term) -> str:
    return " | ".join(f"'{word}':*" if term.is_start else f"'{word}'" for word in term.words)


def wait_for_writers(most: float = 30.0) -> None:
    """Until those have ended who write at this moment; `most` seconds, which no transaction of ours takes."""
    until = time.monotonic() + most
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        (newest,) = cursor.fetchone()
        while time.monotonic() < until:
            cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
            (oldest,) = cursor.fetchone()
            if oldest >= newest:
                return
            time.sleep(0.05)
