"""Empties the tables after a test that commits. What `migrate` makes is put back as it was where a test changed it.

Django empties every table, and makes content types, permissions and our schedules again, each time.
"""

from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

from task.jobs.testing import filled

Rows = list[tuple[Any, ...]]
by_django: Callable[[TransactionTestCase], None] = TransactionTestCase._fixture_teardown
made: dict[str, dict[str, Rows]] = {}  # of each database the tables that hold something once it is empty


def after_test(case: TransactionTestCase) -> None:
    aliases = list(case._databases_names(include_mirrors=False))
    if case.available_apps is not None or not set(aliases) <= made.keys():
        by_django(case)
        made.update((alias, {table: rows(alias, table) for table in held(alias)}) for alias in aliases)
        return
    for alias in aliases:
        with transaction.atomic(using=alias):
            for table in {*held(alias), *made[alias]}:
                put_back(alias, table, made[alias].get(table, []))


def held(alias: str) -> list[str]:
    """The tables that hold something."""
    connection = connections[alias]
    return filled(connection.introspection.django_table_names(only_existing=True, include_views=False), connection)


def rows(alias: str, table: str) -> Rows:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
        return cursor.fetchall()


def put_back(alias: str, table: str, wanted: Rows) -> None:
    if wanted and rows(alias, table) == wanted:
        return
    quoted = connections[alias].ops.quote_name(table)
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DELETE FROM {quoted}")
        if wanted:
            cursor.executemany(f"INSERT INTO {quoted} VALUES ({', '.join(['%s'] * len(wanted[0]))})", wanted)
