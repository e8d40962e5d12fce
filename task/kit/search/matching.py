"""The rows that match, of any index: at most so many, read within bounds."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from task.kit.search import postgres, sqlite
from task.kit.search.query import Query, Term

VENDORS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgres}


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
        found: tuple[list[tuple[Any, ...]], bool]
        found = VENDORS[connection.vendor].rows(self, Query((*own, *query.terms), query.phrases), most)
        return found

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
