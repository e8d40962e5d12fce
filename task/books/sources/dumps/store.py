"""The store of this desk: a file, or with PostgreSQL tables there."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from task.books.sources.dumps import postgres, sqlite
from task.books.sources.dumps.stores import Facts, Loading, Store

log = logging.getLogger("desk.sources")

FAULTS = (*sqlite.FAULTS, *postgres.FAULTS, OSError, ValueError, TypeError, LookupError)  # it can't be read


def chosen() -> Any:
    return postgres if connection.vendor == "postgresql" else sqlite


def is_in_place() -> bool:
    return bool(chosen().is_in_place())


def loading() -> Loading:
    """The one being loaded, where it stopped; or a new one, without facts. Raises Fail."""
    found: Loading = chosen().Loading()
    return found


@contextmanager
def opened() -> Iterator[Store | None]:
    """The catalogue in place; None without one."""
    if not is_in_place():
        yield None
        return
    with chosen().opened() as store:
        yield store


def facts_in_place() -> Facts | None:
    """With its size in bytes. None without one, or where it can't be read."""
    try:
        with opened() as store:
            return {**store.facts(), "size": store.size()} if store else None
    except FAULTS as fault:
        log.error("The local catalogue can't be read: %s", fault)
        return None
