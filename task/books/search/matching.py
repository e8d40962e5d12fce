"""The books that match, as rows to be ranked: at most so many, read within bounds."""

import json
from collections.abc import Collection
from contextlib import nullcontext
from typing import NamedTuple

from django.db import connection

from task.books.search import postgres, sqlite
from task.books.search.query import Query

VENDORS = {"sqlite": sqlite, "postgresql": postgres}
READ = 10_000  # books with the words of a phrase that are looked into for the phrase itself

HAS = "(' ' || found.title || '  ' || found.authors || '  ' || found.others || ' ') LIKE %s"


class Row(NamedTuple):
    book: int
    beginning: str
    title: str
    authors: str


def known(words: Collection[str]) -> list[str]:
    """Those of these words that some book has."""
    vendor = VENDORS[connection.vendor]
    with vendor.by_index(), connection.cursor() as cursor:
        cursor.execute(vendor.KNOWN, [json.dumps(sorted(words))])
        return [word for (word,) in cursor.fetchall()]


def matching(query: Query, most: int) -> tuple[list[Row], bool]:
    """Up to `most` rows, and whether there are more, or may be."""
    vendor = VENDORS[connection.vendor]
    has = " AND ".join(HAS for _ in query.phrases)
    sql = vendor.found(query)
    limits: list[int | str] = [most + 1]
    if has:
        sql, limits = f"{sql} WHERE {has} LIMIT %s", [READ, *(f"% {phrase} %" for phrase in query.phrases), most + 1]
    with vendor.by_index() if len(query.terms) > 1 else nullcontext(), connection.cursor() as cursor:
        cursor.execute(sql, [vendor.matching(query), *limits])
        rows = [Row(*row) for row in cursor.fetchall()]
    return rows[:most], len(rows) > most
