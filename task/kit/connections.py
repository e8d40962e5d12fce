"""A process that works for long keeps its connections to the database, and some break meanwhile."""

from django.db import connections


def drop_broken_connections() -> None:
    """Before work that a broken connection would fail: the next query opens a new one."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
