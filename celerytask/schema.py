"""New code on an old schema would fail at each job, or lose what it can't write: it does not start."""

import logging
import sys

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from task.kit.connections import is_unavailable

log = logging.getLogger("desk.database")


def check() -> None:
    """End with a sentence where migrations are missing. A database that is away is waited for, as at any other time.

    A schema that is newer than the code is let be: in an upgrade the old processes stop last.
    """
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        tell_what_lacks()
    except Exception as fault:
        if not is_unavailable(fault):
            raise
        return
    finally:
        connections.close_all()  # the processes that are forked from here open their own
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        sys.exit(f"Run manage.py migrate first: the database is not yet what this version needs ({names}{more}).")


def tell_what_lacks() -> None:
    """A machine that vanishes inside a step leaves its locks behind, and whoever takes the job over waits for it.

    A step lasts 0.2 s and a lease 30 s. The limit stands on the role, since a PgBouncer takes none from a session.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        if cursor.fetchone() == ("0",):
            log.warning(
                "PostgreSQL keeps the locks of a machine that vanishes for as long as TCP does. Set a limit once: "
                "ALTER ROLE %s SET idle_in_transaction_session_timeout = '30s'",
                connection.ops.quote_name(connection.settings_dict["USER"] or "desk"),
            )
