"""New code on an old schema would fail at each job, or lose what it can't write: it does not start."""

import sys

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from task.kit.connections import is_unavailable


def check() -> None:
    """End with a sentence where migrations are missing. A database that is away is waited for, as at any other time.

    A schema that is newer than the code is let be: in an upgrade the old processes stop last.
    """
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
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
