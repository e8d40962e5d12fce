"""The database that the desk runs on: which room knows how to copy, check and bring back its kind."""

from types import ModuleType

from django.db import connection

from task.backups import postgres, sqlite
from task.jobs import Fail

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_BACKENDS = {"sqlite": sqlite, "postgresql": postgres}


def backend() -> ModuleType:
    """What knows the desk's kind of database. Raises Fail."""
    vendor = connection.vendor
    if vendor not in _BACKENDS:
        raise Fail(f"Backups work with SQLite and PostgreSQL, not with {vendor}.")
    return _BACKENDS[vendor]
