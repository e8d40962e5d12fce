"""The rows that match, of any index: at most so many, read within bounds."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import connection

from task.kit.search import postgres, sqlite
from task.kit.search.query import Query, Term

VENDORS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgres}
READ = 10_000  # rows with the words of a phrase that are looked into for the phrase itself


@dataclass(frozen=True)
class Index:
    """Where the words of rows are kept: a table with `columns` of folded words, and its `key`, a number that grows.

    `words` names what the database searches by (`statements`). A search returns the columns `shown` of what it finds.
    """

    table: str
    key: str
    words: str
    columns: tuple[str, ...]
    shown: tuple[str, ...]

    def matching(self, query: Query, most: int, own: tuple[Term, ...] = ()) -> tuple[list[tuple[Any, ...]], bool]:
        """Up to `most` rows, and whether there are more, or may be. `own`: terms that they must have besides."""
        vendor = VENDORS[connection.vendor]
        query = Query((*own, *query.terms), query.phrases)
        text = " || '  ' || ".join(f"found.{name}" for name in self.columns)
        has = " AND ".join(f"(' ' || {text} || ' ') LIKE %s" for _ in query.phrases)
        sql = vendor.found(self, query)
        limits: list[int | str] = [most + 1]
        if has:
            sql, limits = (
                f"{sql} WHERE {has} LIMIT %s",
                [READ, *(f"% {phrase} %" for phrase in query.phrases), most + 1],
            )
        with vendor.by_index() if len(query.terms) > 1 else nullcontext(), connection.cursor() as cursor:
            cursor.execute(sql, [vendor.matching(query), *limits])
            rows = cursor.fetchall()
        return rows[:most], len(rows) > most

    def known(self, words: Collection[str]) -> list[str]:
        """Those of these words that some row has."""
        vendor = VENDORS[connection.vendor]
        with vendor.by_index(), connection.cursor() as cursor:
            cursor.execute(vendor.KNOWN.format(table=self.table, words=self.words), [json.dumps(sorted(words))])
            return [word for (word,) in cursor.fetchall()]

    def statements(self, vendor: str) -> Iterator[str]:
        """For a migration: what makes the database search by them, and keep it right. No code writes it."""
        yield from self._filled(VENDORS[vendor].TABLES)

    def undo_statements(self, vendor: str) -> Iterator[str]:
        """Before its table goes."""
        yield from self._filled(VENDORS[vendor].NO_TABLES)

    def _filled(self, statements: Sequence[str]) -> Iterator[str]:
        new, old = (", ".join(f"{row}.{name}" for name in self.columns) for row in ("new", "old"))
        names = {"table": self.table, "key": self.key, "words": self.words, "new": new, "old": old}
        lists = {"columns": ", ".join(self.columns), "joined": " || ' ' || ".join(self.columns)}
        yield from (statement.format(**names, **lists) for statement in statements)
