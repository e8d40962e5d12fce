"""The database's clock: the one that all workers share, whatever their hosts' clocks say."""

from typing import Any

from django.db.models import functions


class Now(functions.Now):
    """The database's time. On SQLite with six digits of a second, never all zero, as Python writes a time.

    SQLite compares times as texts: Django's own three digits there never equal the same time given as a parameter,
    and a list's page that begins at it would show a row twice.
    """

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f001', 'NOW')"
        return self.as_sql(compiler, connection, template=template, **extra)
