"""Rows by their keys, however many: the keys are one parameter."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup


class OneOf(Lookup):
    """`column IN keys`. Thousands of parameters would take longer to write down than their rows to read."""

    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        sql = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608  (a column of a model)
        return sql, [*params, json.dumps(self.rhs)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        sql = f"{column} = ANY(ARRAY(SELECT unnest(%s::bigint[])))"  # it takes it for few: it goes by the index
        return sql, [*params, f"{{{','.join(map(str, self.rhs))}}}"]


def one_of(column: str, keys: Iterable[int]) -> OneOf:
    """A filter: rows whose `column` is one of these whole numbers."""
    return OneOf(F(column), list(keys))
