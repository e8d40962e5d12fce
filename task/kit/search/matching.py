"""The rows that match, of any index: at most so many, read within bounds."""

import json
from collections.abc import Collection
from typing import Any

from django.db import connection

from task.kit.search import postgres, sqlite
from task.kit.search.query import Query, Term
from task.kit.search.tables import WordTable

VENDORS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgres}


class Index(WordTable):
    """A table of words that is searched."""

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
