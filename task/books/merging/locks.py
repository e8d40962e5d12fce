"""Nobody links a book to a name that is becoming an alias at this moment.

Who looks names up in order to link them holds all names until the transaction ends, as many as there are at once. Who
makes an alias, or ends one, waits for those, alone, for one short transaction. So a link to the alias is there before
its links are moved, or is made to the one that remains.
"""

from django.db import connection

KEY = 7_241_903  # of PostgreSQL's advisory locks


def hold_names() -> None:
    """In a transaction, before its names are looked up."""
    _lock("pg_advisory_xact_lock_shared")


def wait_for_names() -> None:
    """At the beginning of a transaction that makes an alias, or ends one."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    if connection.vendor == "postgresql":  # on SQLite one transaction at a time writes, from its first statement on
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [KEY])
