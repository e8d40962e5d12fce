"""The rows that match, of any index: at most so many, read within bounds."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from task.kit.search import postgres, sqlite
from task.kit.search.query import Query, Term

VENDORS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgres}


@dataclass(frozen=True)
class Index:
    """Where the words of rows are kept: a table with `columns` of folded words, and its `key`, a number that grows.

    `words` names what the database searches by, which a migration makes, and no code writes. A search returns the
    columns `shown` of what it finds.
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
