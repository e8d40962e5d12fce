"""Matching on PostgreSQL: a generated `tsvector` column with a GIN index.

The words are lexemes as they are: no parser, dictionary or locale of the server has a say in them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from task.kit.search.query import Query, Term
from task.kit.search.tables import WordTable

NEWEST = "(SELECT * FROM {table} ORDER BY {key} DESC LIMIT %s) AS found"
HITS = f"SELECT count(*) FROM {NEWEST} WHERE words @@ %s::tsquery{{has}}"  # noqa: S608
ALONG_KEYS = f"SELECT {{shown}} FROM {NEWEST} WHERE words @@ %s::tsquery{{has}} LIMIT %s"  # noqa: S608
# Its inner limit bounds it: to sort all that have a common word, all would be read.
BY_WORDS = """
SELECT {shown}, read FROM (
    SELECT *, count(*) OVER () AS read FROM (SELECT * FROM {table} WHERE words @@ %s::tsquery LIMIT %s) AS one
) AS found WHERE true{has} ORDER BY {key} DESC LIMIT %s
"""
HAS = " AND strpos(' ' || {text} || ' ', %s) > 0"  # a phrase: no places of words are kept
SAMPLE, COMMON = 200, 8  # so many of so many newest rows have what is common
WALKED = 50_000  # rows, for what is common
READ = 10_000  # rows that have the words of a phrase and are looked into for it; for others twice those wanted
KNOWN = """
SELECT each.word FROM json_array_elements_text(%s) AS each(word)
CROSS JOIN LATERAL (SELECT FROM {table} WHERE words @@ quote_literal(each.word)::tsquery LIMIT 1) AS one
"""
SCANS = ("enable_seqscan", "enable_indexscan")


def rows(index: WordTable, query: Query, most: int) -> tuple[list[Any], bool]:
    """Up to `most` rows, the newest first, and whether there are more.

    The server only guesses how many rows have a word: it would read all of them along their keys for a rare one, or
    sort all that have a common one. So the newest are looked at: what is common there is read along the keys, all else
    by the words' index.
    """
    words, phrases = matching(query), [f" {phrase} " for phrase in query.phrases]
    has = HAS.format(text=" || '  ' || ".join(index.columns)) * len(phrases)
    names = {"shown": ", ".join(index.shown), "table": index.table, "key": index.key, "has": has}
    with connection.cursor() as cursor:
        cursor.execute(HITS.format(**names), [SAMPLE, words, *phrases])
        if cursor.fetchone()[0] >= COMMON:
            cursor.execute(ALONG_KEYS.format(**names), [WALKED, words, *phrases, most + 1])
            found = cursor.fetchall()
            if len(found) > most:
                return found[:most], True
        read = READ if phrases else 2 * (most + 1)
        with by_index():
            cursor.execute(BY_WORDS.format(**names), [words, read, *phrases, most + 1])
            found = cursor.fetchall()
    more = len(found) > most or (bool(found) and found[0][-1] == read)
    return [row[:-1] for row in found[:most]], more


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
