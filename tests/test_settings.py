"""A wrong setting stops every process at its start: one sentence that names it, no traceback, no password."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from task.jobs.conf import table
from tests.processes import ROOT

STARTS = {
    "check": ["manage.py", "check"],
    "up": ["manage.py", "up"],
    "web": ["-m", "celerytask.web"],
    "worker": ["-m", "celery", "-A", "celerytask", "worker"],
    "beat": ["-m", "celery", "-A", "celerytask", "beat", "--pidfile="],
}
CHECK = {"check --deploy": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]}
KEY = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN"
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
        "sqlite://",
        "sqlite:///books",
        "sqlite://:memory:",
        "sqlite:////tmp/a#b",
        "sqlite:////tmp/a?timeout=5",
    ],
    "ALLOWED_HOSTS": [",", " ", "https://desk.org", "desk.org:8000", "desk.org/x"],
    "CELERY_BROKER_URL": [
        "nonsense",
        "http://me:secret@host",
        "redis://:secret@host:port/0",
        "redis://:secret@host:6379/books",
        "amqp://me:secret@one;amqp://me:secret@two:port",
        "amqp://me:sec#ret@[::1",
    ],
    "EMAIL_URL": [
        "nonsense",
        "http://me:secret@host",
        "smtp://",
        "smtp://me:secret@host:port",
        "smtp://secret@[::1",
        "smtp://me:secret@host:465?ssl=True",
        "filemail://",
        "filemail:///mails",
    ],
    "TIME_ZONE": ["Mars", "Europe", "../etc/passwd", "/etc/passwd"],
    "DEBUG": ["treu"],
    "PORT": ["eighty", "0", "70000", "-1", "9" * 5000],
    "WORKERS": ["0", "two", "1.5"],
    "WEB_CONCURRENCY": ["two", "0"],
    "WEB_THREADS": ["four"],
    "WEB_PATIENCE": ["0"],
    "TRUSTED_PROXIES": ["yes"],
    "JOBS_KEEP_DAYS": ["999999999"],
    "JOBS_KEEP_OWNED_DAYS": ["a year", "-1"],
    "JOBS_LEASE_SECONDS": ["0", "-5", "30 s", "1e9", "inf"],
    "JOBS_MAX_FAULTS": ["2.5", "0"],
    "JOBS_NOTIFY_SECONDS": ["10,", "10;60", "10,0"],
    "REPORTS_KEEP_DAYS": ["-1"],
    "EXPORTS_KEEP_DAYS": ["-1"],
    "METRICS_TOKEN": ["short", "with a blank in it", "sixteen-letters-ü"],
    "LOG_FORMAT": ["xml"],
    "HSTS": ["yes", "31536000"],
    "X_ACCEL_REDIRECT": ["/private"],
    "WEBHOOKS_ALLOW_PRIVATE": ["maybe"],
    "WEBHOOKS_KEEP_DAYS": ["-1"],
    "SIGNUPS_AN_HOUR": ["0", "twenty", "1001"],
    "SQLITE_SYNCHRONOUS": ["OFF"],
    "SITE_URL": [
        "host.org",
        "ftp://host.org",
        "http://",
        "https://host.org?x=1",
        "https://me:secret@host.org",
        "http://h/#a",
    ],
    "GITHUB_API_URL": ["foo", "http://[::1/", "http://host:port", "http://host:70000", "https:host.org", "http://a b"],
    "OPENLIBRARY_URL": ["foo"],
    "COVERS_URL": ["//covers"],
    "BNF_URL": ["catalogue.bnf.fr"],
    "SOURCES": ["amazon", "openlibrary,openlibrary", ","],
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
        "sentinel://one:26379/0?master_name=desk",
    ],
    "EMAIL_URL": [
        "",
        "consolemail://",
        "smtp+tls://me:secret@host:587",
        "smtp+ssl://me:secret@host:465",
        "smtp://host",
        "filemail:////tmp/mails",
    ],
    "ALLOWED_HOSTS": ["*", "desk.org, .desk.org,,[::1]", "127.0.0.1"],
    "SOURCES": ["", "catalogue", "k10plus, openlibrary"],
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
    for name in {*WRONG, *(number.setting for number in table()), "HOST", "LOCAL"}:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost"}.items():
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


def test_addresses_come_out_as_they_are_meant(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMAIL_URL", "filemail:////tmp/mails")
    environment.setenv("SITE_URL", "HTTPS://Desk.org/")
    environment.setenv("ALLOWED_HOSTS", "desk.org, .desk.org,")
    found = read()
    assert found["EMAIL_FILE_PATH"] == "/tmp/mails"
    assert found["SITE_URL"] == "https://Desk.org"
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["ALLOWED_HOSTS"] == ["desk.org", ".desk.org"]


def test_a_folder_may_be_called_anything(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "C#; 100%?"
    environment.setenv("VAR_DIR", str(folder))
    found = read()
    assert found["DATABASES"]["default"]["NAME"] == str(folder / "desk.sqlite3")
    assert not {*"#;%"} & {*found["CELERY_BROKER_URL"]}


def test_each_number_of_the_engine_is_read_as_what_it_is(environment: pytest.MonkeyPatch) -> None:
    before = read()
    assert "JOBS_LEASE_SECONDS" not in before
    for number in table():
        default = number.default
        environment.setenv(number.setting, ", ".join(map(str, default)) if isinstance(default, tuple) else str(default))
    found = read()
    assert {number.setting: found[number.setting] for number in table()} == {
        number.setting: number.default for number in table()
    }
    environment.setenv("JOBS_LEASE_SECONDS", "60")
    environment.setenv("JOBS_LEASE_SECOND", "60")  # nobody reads it: `manage.py check` says it
    found = read()
    assert (found["JOBS_LEASE_SECONDS"], found["JOBS_LEASE_SECOND"]) == (60.0, "60")


@pytest.mark.parametrize("value", ["two", "0"])
def test_the_web_process_says_what_is_wrong_with_a_number_that_gunicorn_reads_too(tmp_path: Path, value: str) -> None:
    done = start("web", tmp_path, WEB_CONCURRENCY=value)
    assert (done.returncode, done.stderr) == (
        1,
        f"WEB_CONCURRENCY must be a whole number from 1 to 1000, not {value!r}.\n",
    )


def test_a_secret_key_may_begin_with_a_dollar(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SECRET_KEY", f"${KEY}")  # what Django makes for a key may, too
    assert read()["SECRET_KEY"] == f"${KEY}"


PUBLIC = ["desk.org", ".desk.org", "*", "10.0.0.7", "[2001:db8::1]"]
OWN = ["localhost", "127.0.0.1", "[::1]", "desk"]


@pytest.mark.parametrize("host", [*PUBLIC, *OWN])
@pytest.mark.parametrize(
    ("name", "value"),
    [("DEBUG", "on"), ("SECRET_KEY", "changeme"), ("SECRET_KEY", "x" * 60), ("SECRET_KEY", f"django-insecure-{KEY}")],
)
def test_what_is_unsafe_is_for_ones_own_machine(
    environment: pytest.MonkeyPatch, name: str, value: str, host: str
) -> None:
    environment.setenv("ALLOWED_HOSTS", f"localhost,{host}")
    environment.setenv(name, value)
    if host in OWN:
        read()
        return
    with pytest.raises(ImproperlyConfigured, match=f"^{name} must be .*[.]$") as refused:
        read()
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("site", "hsts", "expected"),
    [
        ("https://desk.org", "", (31_536_000, False, False)),
        ("https://desk.org", "subdomains", (31_536_000, True, False)),
        ("https://desk.org", "preload", (31_536_000, True, True)),
        ("https://desk.org", "off", (0, False, False)),
        ("http://desk.org", "on", (0, False, False)),
    ],
)
def test_browsers_are_told_for_a_year_that_there_is_https(
    environment: pytest.MonkeyPatch, site: str, hsts: str, expected: tuple[int, bool, bool]
) -> None:
    environment.setenv("SITE_URL", site)
    environment.setenv("HSTS", hsts)
    found = read()
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    assert tuple(found[name] for name in names) == expected


def start(kind: str, var_dir: Path, **values: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    needed = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost", "VAR_DIR": str(var_dir)}
    return subprocess.run(
        [sys.executable, *{**STARTS, **CHECK}[kind]],
        cwd=ROOT,
        env={**kept, **needed, **values},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_djangos_own_check_of_a_server_has_nothing_to_say(tmp_path: Path) -> None:
    values = {"ALLOWED_HOSTS": "desk.org", "SITE_URL": "https://desk.org", "TRUSTED_PROXIES": "1"}
    done = start("check --deploy", tmp_path, **values)
    assert (done.returncode, done.stdout + done.stderr) == (
        0,
        "System check identified no issues (4 silenced).\n",
    )


@pytest.mark.parametrize("kind", STARTS)
def test_no_process_starts_with_a_wrong_value(kind: str, tmp_path: Path) -> None:
    done = start(kind, tmp_path, DATABASE_URL="postgres://me:secret@host:port/books")
    words = done.stdout + done.stderr
    assert done.returncode == 1, words
    assert words.startswith("DATABASE_URL must be the address of a database"), words
    assert words.count("\n") == 1, words
    assert "secret" not in words


def test_a_file_may_hold_what_is_secret(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = {
        "SECRET_KEY": KEY,
        "DATABASE_URL": "postgres://me:secret@host/books",
        "CELERY_BROKER_URL": "redis://:secret@host/0",
        "EMAIL_URL": "smtp+tls://me:secret@host:587",
        "METRICS_TOKEN": "sixteen-letters-",
    }
    for name, value in secrets.items():
        (tmp_path / name).write_text(f"{value}\n")
        environment.delenv(name, raising=False)
        environment.setenv(f"{name}_FILE", str(tmp_path / name))
    found = read()
    assert found["SECRET_KEY"] == KEY
    assert found["DATABASES"]["default"]["PASSWORD"] == found["EMAIL_HOST_PASSWORD"] == "secret"
    for name in ("CELERY_BROKER_URL", "METRICS_TOKEN"):
        assert found[name] == secrets[name]
    assert not found["BROKER_IS_EMBEDDED"]


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe"])
def test_a_secrets_file_holds_one_line(environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    environment.setenv("EMAIL_URL_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL_FILE \(.*\) must hold one line of text\.$"):
        read()


def test_a_secrets_file_that_is_not_there_or_is_one_too_many(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("EMAIL_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=r"can't be read \(No such file or directory\)\.$"):
        read()
    environment.setenv("EMAIL_URL", "consolemail://")
    with pytest.raises(ImproperlyConfigured, match="Set EMAIL_URL or EMAIL_URL_FILE, not both"):
        read()


def test_redis_over_tls_shows_its_certificate_unless_it_need_not(environment: pytest.MonkeyPatch) -> None:
    for address, used in {
        "rediss://host": "rediss://host?ssl_cert_reqs=required",
        "rediss://host/0?ssl_ca_certs=/own.pem": "rediss://host/0?ssl_ca_certs=/own.pem&ssl_cert_reqs=required",
        "rediss://host/0?ssl_cert_reqs=none": "rediss://host/0?ssl_cert_reqs=none",
    }.items():
        environment.setenv("CELERY_BROKER_URL", address)
        assert read()["CELERY_BROKER_WRITE_URL"] == used


def test_sentinels_are_asked_for_the_primary_by_its_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CELERY_BROKER_URL", "sentinel://one:26379;sentinel://two:26379?master_name=desk")
    assert read()["CELERY_BROKER_URL"] == "sentinel://one:26379;sentinel://two:26379"
    assert read()["CELERY_BROKER_TRANSPORT_OPTIONS"] == {"master_name": "desk"}
    environment.setenv("CELERY_BROKER_URL", "redis://host")
    assert read()["CELERY_BROKER_TRANSPORT_OPTIONS"] == {}
