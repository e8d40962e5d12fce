"""What all tests share."""

from typing import Any

import pytest

from task.jobs.kinds import JobTask


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about SQLite alone is left out, and not skipped, where another database is under test."""
    from django.db import connection

    if connection.vendor != "sqlite":
        about_sqlite = [item for item in items if item.get_closest_marker("sqlite")]
        items[:] = [item for item in items if item not in about_sqlite]
        config.hook.pytest_deselected(items=about_sqlite)


@pytest.fixture(autouse=True)
def rings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that were rung. No broker is asked, except in tests marked `broker`."""
    rung: list[str] = []
    if request.node.get_closest_marker("broker") is None:

        def note(task: JobTask, args: Any = None, kwargs: Any = None, **options: Any) -> None:
            rung.append(str(args[0]))

        monkeypatch.setattr(JobTask, "apply_async", note)
    return rung
