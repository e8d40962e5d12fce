"""New code does not start on an old schema: each process ends with the sentence that says what to do."""

import contextlib
import gzip
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from celerytask import schema
from tests.processes import ROOT

PROCESSES = {
    "worker": ["-m", "celery", "-A", "celerytask", "worker", "--concurrency", "1"],
    "beat": ["-m", "celery", "-A", "celerytask", "beat", "--pidfile="],
    "web": ["-m", "celerytask.web"],
}


def start(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "VAR_DIR": str(folder),
        "TEST_RUN_DATABASE_URL": f"sqlite:///{folder}/desk.sqlite3",
        "HOST": "127.0.0.1",
        "PORT": "9",  # never listened at
    }
    command = [sys.executable, *PROCESSES[name]]
    return subprocess.run(command, cwd=ROOT, env=kept | own, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", PROCESSES)
def test_no_process_starts_on_the_schema_of_an_older_version(name: str, tmp_path: Path) -> None:
    old = gzip.decompress((ROOT / "tests/data/desk-1.1.sql.gz").read_bytes()).decode()
    with contextlib.closing(sqlite3.connect(tmp_path / "desk.sqlite3")) as base:
        base.executescript(old)
    done = start(name, tmp_path)
    assert done.returncode == 1
    assert "Run manage.py migrate first: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", PROCESSES)
def test_nor_on_an_empty_database(name: str, tmp_path: Path) -> None:
    done = start(name, tmp_path)
    assert (done.returncode, "Run manage.py migrate first: " in done.stderr) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_a_database_of_this_version_or_of_a_newer_one_is_fine() -> None:
    schema.check()
    MigrationRecorder.Migration.objects.create(app="jobs", name="9999_of_tomorrow")
    schema.check()


def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(schema, "MigrationExecutor", away)
    schema.check()
