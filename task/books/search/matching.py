"""The books that match, as rows to be ranked: at most so many, read within bounds."""

from typing import NamedTuple

from django.db import connection

from task.books.search import postgres, sqlite
from task.books.search.query import Query

VENDORS = {"sqlite": sqlite, "postgresql": postgres}
READ = 20_000  # books with the words of a phrase that are looked into for the phrase itself


class Row(NamedTuple):
    book: int
    beginning: str
    title: str
    authors: str


def matching(query: Query, most: int) -> tuple[list[Row], bool]:
    """Up to `most` rows, and whether there are more, or may be."""
    vendor = VENDORS[connection.vendor]
    has = " AND ".join(
        ["(' ' || found.title || '  ' || found.authors || '  ' || found.others || ' ') LIKE %s"] * len(query.phrases)
    )
    sql = f"{vendor.FOUND} WHERE {has} LIMIT %s" if has else vendor.FOUND
    read = READ if has else most + 1
    likes = [f"% {phrase} %" for phrase in query.phrases]
    with connection.cursor() as cursor:
        cursor.execute(sql, [vendor.matching(query), read, *likes, *([most + 1] if has else [])])
        rows = [Row(*row) for row in cursor.fetchall()]
    return rows[:most], len(rows) > most
