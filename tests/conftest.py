"""What all tests share."""

from typing import Any

import pytest

from task.jobs.kinds import JobTask


@pytest.fixture(autouse=True)
def rings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that were rung. No broker is asked, except in tests marked `broker`."""
    rung: list[str] = []
    if request.node.get_closest_marker("broker") is None:

        def note(task: JobTask, args: Any = None, kwargs: Any = None, **options: Any) -> None:
            rung.append(str(args[0]))

        monkeypatch.setattr(JobTask, "apply_async", note)
    return rung
