"""The store of this desk: a file, or with PostgreSQL tables there."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from task.books.models import SourceState
from task.books.sources.dumps import postgres, sqlite
from task.books.sources.dumps.stores import Facts, Loading, Store

KEY = "catalogue"  # of the source that it answers for

log = logging.getLogger("desk.sources")

FAULTS = (*sqlite.FAULTS, *postgres.FAULTS, OSError, ValueError, TypeError, LookupError)  # it can't be read


def chosen() -> Any:
    return postgres if connection.vendor == "postgresql" else sqlite


def is_in_place() -> bool:
    return bool(chosen().is_in_place())


def is_expected() -> bool:
    """It is in place, or was once loaded: a share that is away, or a restored database, is no empty catalogue."""
    return is_in_place() or SourceState.objects.filter(source=KEY, is_loaded=True).exists()


def remember_loaded() -> None:
    SourceState.objects.update_or_create(source=KEY, defaults={"is_loaded": True})


def loading() -> Loading:
    """The one being loaded, where it stopped; or a new one, without facts. Raises Fail."""
    found: Loading = chosen().Loading()
    return found


@contextmanager
def opened() -> Iterator[Store | None]:
    """The catalogue in place; None where none was ever loaded."""
    if not is_expected():
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
