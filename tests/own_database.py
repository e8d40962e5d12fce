"""A database for a desk of its own: SQLite in its folder, or one that is made in the server of DATABASE_URL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4


@contextmanager
def own_database() -> Iterator[str]:
    """Yields its address, "" for SQLite, and drops it afterwards. What DATABASE_URL names itself is not touched."""
    server = os.environ.pop("DATABASE_URL", "")
    if not server:
        yield ""
        return
    import psycopg

    name = f"desk_own_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as line:
        line.execute(f"CREATE DATABASE {name}")
        try:
            address, _, options = server.partition("?")
            yield f"{address.rpartition('/')[0]}/{name}{options and '?'}{options}"
        finally:
            line.execute(f"DROP DATABASE {name} WITH (FORCE)")


def described() -> str:
    """ "SQLite 3.40.1", "PostgreSQL 15.18 (fsync off)"."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
        return f"PostgreSQL {version.split()[0]} (fsync {fsync})"
