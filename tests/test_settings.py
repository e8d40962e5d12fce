"""A wrong setting stops every process at its start: one sentence that names it, no traceback, no password."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.processes import ROOT

STARTS = {
    "check": ["manage.py", "check"],
    "up": ["manage.py", "up"],
    "web": ["-m", "gunicorn", "--config", "python:celerytask.gunicorn", "celerytask.wsgi"],
    "worker": ["-m", "celery", "-A", "celerytask", "worker"],
    "beat": ["-m", "celery", "-A", "celerytask", "beat", "--pidfile="],
}
WRONG = {
    "DATABASE_URL": [
        "nonsense",
        "//me:secret@host/books",
        "mysql://me:secret@host/books",
        "postgres://me:secret@host:port/books",
        "postgres://me:secret@host:70000/books",
        "postgres://me:sec/ret@host/books",
        "postgres://me:secret@host",
        "postgres://me:secret@[::1/books",
        "sqlite://me:secret@host/books",
    ],
    "CELERY_BROKER_URL": [
        "nonsense",
        "http://me:secret@host",
        "redis://:secret@host:port/0",
        "redis://:secret@host:6379/books",
        "amqp://me:secret@one;amqp://me:secret@two:port",
        "amqp://me:sec#ret@[::1",
    ],
    "EMAIL_URL": ["nonsense", "http://me:secret@host", "smtp://", "smtp://me:secret@host:port", "smtp://secret@[::1"],
    "TIME_ZONE": ["Mars", "Europe", "../etc/passwd", "/etc/passwd"],
    "DEBUG": ["treu"],
    "PORT": ["eighty", "0", "70000", "-1", "9" * 5000],
    "WORKERS": ["0", "two", "1.5"],
    "WEB_CONCURRENCY": ["two", "0"],
    "WEB_THREADS": ["four"],
    "TRUSTED_PROXIES": ["yes"],
    "JOBS_KEEP_DAYS": ["999999999"],
    "REPORTS_KEEP_DAYS": ["-1"],
    "SQLITE_SYNCHRONOUS": ["OFF"],
    "SITE_URL": ["host.org", "ftp://host.org", "http://"],
    "GITHUB_API_URL": ["foo", "http://[::1/", "http://host:port", "http://host:70000", "https:host.org", "http://a b"],
    "OPENLIBRARY_URL": ["foo"],
    "COVERS_URL": ["//covers"],
}
RIGHT = {
    "DATABASE_URL": ["", "postgres://me:sec%2Fret#@host/books", "postgresql://host:5432/books", "sqlite:////tmp/desk"],
    "CELERY_BROKER_URL": [
        "",
        "redis://:secret@host:6379/0",
        "rediss://host",
        "redis+socket:///tmp/valkey.sock?virtual_host=0",
        "amqp://me:secret@one:5672//;amqps://two/desk",
        "sentinel://one:26379;sentinel://two:26379",
    ],
    "EMAIL_URL": ["", "consolemail://", "smtp+tls://me:secret@host:587", "smtp://host", "filemail:///tmp/mails"],
    "TIME_ZONE": ["", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"],
    "DEBUG": ["", "on", "True", "0", "off"],
    "PORT": ["", "1", "65535"],
    "WEB_CONCURRENCY": ["", "1"],
    "SITE_URL": ["http://localhost:8000", "https://desk.host.org/"],
    "GITHUB_API_URL": ["", "http://127.0.0.1:9", "http://[::1]:9/", "https://host.org/api/v3/", "http://stub_1:9"],
}


def all_of(values: dict[str, list[str]]) -> list[object]:
    return [pytest.param(name, value, id=f"{name}={value[:40]}") for name in values for value in values[name]]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in {*WRONG, "HOST", "LOCAL"}:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SECRET_KEY": "x", "ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return monkeypatch


def read() -> dict[str, Any]:
    """The settings once more, beside those that the tests run with."""
    return runpy.run_path(str(ROOT / "celerytask/settings.py"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "value"), all_of(WRONG))
def test_a_wrong_value_is_one_sentence_that_names_it(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    words = str(refused.value)
    assert words.startswith(f"{name} ")
    assert words.endswith(".")
    assert "\n" not in words
    assert "secret" not in words
    assert "ret@" not in words
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(("name", "value"), all_of(RIGHT))
def test_a_right_value_is_taken(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    read()


def test_a_secret_key_may_begin_with_a_dollar(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SECRET_KEY", "$x")  # what Django makes for a key may, too
    assert read()["SECRET_KEY"] == "$x"


@pytest.mark.parametrize("kind", STARTS)
def test_no_process_starts_with_a_wrong_value(kind: str, tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    values = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost", "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *STARTS[kind]],
        cwd=ROOT,
        env={**kept, **values, "DATABASE_URL": "postgres://me:secret@host:port/books"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    words = done.stdout + done.stderr
    assert done.returncode == 1, words
    assert words.startswith("DATABASE_URL is the address of a database"), words
    assert words.count("\n") == 1, words
    assert "secret" not in words
