"""Alice asks for reports, Bob is a stranger to hers, Charlie is staff; GitHub is on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from task.jobs.models import Job
from task.reports import github as client
from task.reports.models import Report
from task.reports.tasks import crawl
from tests.services.github import GitHub


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def github(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    monkeypatch.setattr(client, "SECONDS_A_REQUEST", 0.0)
    with GitHub() as found:
        settings.GITHUB_API_URL = found.url
        yield found


def rows(owner: Any = None, count: int = 100, language: str = "Python", **fields: Any) -> Callable[[Job], None]:
    """The row of a crawl, as the form saves it."""

    def save(job: Job) -> None:
        Report.objects.create(crawl=job, owner=owner, count=count, language=language, **fields)

    return save


def ask(owner: Any = None, count: int = 100, language: str = "Python", **fields: Any) -> Job:
    made = rows(owner, count, language, **fields)
    return crawl.apply_async(kwargs={"language": language, "count": count}, owner=owner, rows=made)
