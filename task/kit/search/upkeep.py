"""What a job does for the indexes of all apps: it writes what is not there yet, and removes what is left over.

While a new version comes, old code may run beside it for a while. It knows no index: what it makes is not there, what
it changes is there as it was, and what it deletes is left over.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

OLD_CODE = timedelta(days=2)  # as long as it may run
A_STEP = 500

Rows = list[Any]
Behind = Iterator[tuple[Rows, Any]]  # rows of an index that are not there yet, and where it goes on behind them


def due(cursor: Any = None) -> Iterator[tuple[tuple[Callable[[Rows], None], Rows], Any]]:
    """What is to be done with which rows; and where it goes on behind them."""
    if cursor is None:
        for rows in left_over():
            yield (remove, rows), None
    for rows, place in behind(cursor):
        yield (write, rows), place


def behind(cursor: Any = None) -> Behind:
    """Of every app that names such a function in its AppConfig (`search_indexes`), what its index does not have yet.

    Each is called with the place at which an earlier call has stopped, or None.
    """
    start, after = cursor or ("", None)
    names = _named("search_indexes")
    for name in names[names.index(start) if start in names else 0 :]:
        of_app: Callable[[Any], Behind] = import_string(name)
        for rows, place in of_app(after if name == start else None):
            yield rows, [name, place]


def write(rows: Rows) -> None:
    """What `behind` has yielded. New ones that somebody has written meanwhile are newer."""
    manager = type(rows[0])._default_manager
    manager.bulk_create([row for row in rows if row._state.adding], ignore_conflicts=True)
    manager.bulk_update([row for row in rows if not row._state.adding], ["text"])


def remove(rows: Rows) -> None:
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


def left_over() -> Iterator[Rows]:
    """Rows whose things are gone, of every app that names them (`search_left_over`). Nobody finds them."""
    for name in _named("search_left_over"):
        of_app: Callable[[], QuerySet[Any]] = import_string(name)
        while rows := list(of_app()[:A_STEP]):
            yield rows


def came_lately(app: str, migration: str) -> bool:
    """Whether old code may run that does not know this migration."""
    since = timezone.now() - OLD_CODE
    return MigrationRecorder.Migration.objects.filter(app=app, name=migration, applied__gte=since).exists()


def _named(attribute: str) -> list[str]:
    return [name for config in apps.get_app_configs() for name in getattr(config, attribute, ())]
