"""A local catalogue of a test's own, which a job loads of a small dump."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from task.books.sources.catalogue import Catalogue
from task.books.sources.dumps import postgres, sqlite, store, stores, tasks
from task.books.sources.dumps.batch import BLOCK, in_block
from task.books.sources.dumps.tasks import load_catalogue
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.services import dumps

# On PostgreSQL another connection writes: a test in one long transaction would hold the tables that are replaced.
of_both = pytest.mark.django_db(transaction=connection.vendor == "postgresql")
of_sqlite = pytest.mark.sqlite
of_postgresql = pytest.mark.postgres
COUNT = 200


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.CATALOGUE_DIR = tmp_path / "catalogue"
    yield tmp_path
    remove_all()


def remove_all() -> None:
    tasks.forget()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {postgres.IN_PLACE}, {postgres.NEW} CASCADE")
        postgres._known.clear()
    else:
        shutil.rmtree(sqlite.path().parent, ignore_errors=True)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return dumps.write(tmp_path_factory.mktemp("dump"), COUNT)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"STEP_RECORDS": 100, "LOOKED": 20}.items():
        monkeypatch.setattr(tasks, name, value)
    monkeypatch.setattr(stores, "AT_ONCE", 90)


def load(*files: Path) -> Job:
    job = load_catalogue.delay(files=[str(file) for file in files])
    return run(job)


def run(job: Job) -> Job:
    execute_all()
    job.refresh_from_db()
    return job


def content() -> list[Any]:
    """All that a look-up can find."""
    with store.opened() as found:
        assert found is not None
        rows = [
            [table, key, in_block(found.block(place // BLOCK), place)]
            for table in stores.TABLES
            for key, place in found.rows(f"SELECT key, place FROM [{table}]")
        ]
        return rows + list(map(list, found.rows("SELECT number, target, revision FROM [moved]")))


def look_up(isbn: str) -> Any:
    return Catalogue().look_up([isbn])[isbn]


def bare(number: int, **more: Any) -> dict[str, Any]:
    return {"key": f"/books/OL{number}M", "isbn_13": [dumps.isbn_of(1)], "title": f"Title {number}", **more}
