"""`manage.py` on a local desk is the desk of `make run`; beside a server's settings nothing becomes local by itself."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

KEY = "from django.conf import settings; print(settings.SECRET_KEY)"
LOCAL_OR_NOT = "from django.conf import settings; print(settings.LOCAL, settings.DATABASES['default']['NAME'])"


def manage(var_dir: Path, *words: str, **values: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(var_dir), **values},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_commands_work_on_the_local_desk(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    for words in (
        ["migrate", "--verbosity=0"],
        ["check"],
        ["makemigrations", "--check", "--dry-run"],
        ["createsuperuser", "--noinput", "--username=ada", "--email=ada@example.org"],
    ):
        done = manage(var_dir, *words, DJANGO_SUPERUSER_PASSWORD="a long enough one")
        assert (done.returncode, done.stderr) == (0, ""), words
    said = manage(var_dir, "shell", "--verbosity=0", "--command", LOCAL_OR_NOT).stdout
    assert said == f"True {var_dir}/desk.sqlite3\n"
    key = manage(var_dir, "shell", "--verbosity=0", "--command", KEY)
    assert key.stdout.strip() == (var_dir / "secret_key").read_text()
    assert stat.S_IMODE((var_dir / "desk.sqlite3").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "x"),
        ("ALLOWED_HOSTS", "desk.org"),
        ("SITE_URL", "https://desk.org"),
        ("DATABASE_URL", "postgres://me:secret@127.0.0.1:9/books"),
        ("CELERY_BROKER_URL", "redis://127.0.0.1:9/0"),
        ("DJANGO_SETTINGS_MODULE", "celerytask.settings"),
    ],
)
def test_half_of_a_servers_settings_is_refused(tmp_path: Path, name: str, value: str) -> None:
    done = manage(tmp_path / "var", "migrate", **{name: value})
    missing = "ALLOWED_HOSTS" if name == "SECRET_KEY" else "SECRET_KEY"
    assert done.returncode == 1, done.stdout
    assert re.fullmatch(f"Set {missing} in the environment: .*\\.\n", done.stderr), done.stderr
    assert not (tmp_path / "var").exists()


def test_a_servers_commands_are_the_servers(tmp_path: Path) -> None:
    server = {"SECRET_KEY": "0123456789abcdef" * 2, "ALLOWED_HOSTS": "desk.org", "SITE_URL": "https://desk.org"}
    done = manage(tmp_path, "shell", "--verbosity=0", "--command", LOCAL_OR_NOT, **server)
    assert done.stdout.startswith("False "), done.stderr


@pytest.mark.parametrize("given", ["LOCAL=off", "--settings"])
def test_what_somebody_has_decided_stays(tmp_path: Path, given: str) -> None:
    if given == "LOCAL=off":
        done = manage(tmp_path / "var", "check", LOCAL="off")
    else:
        done = manage(tmp_path / "var", "check", "--settings=celerytask.settings")
    assert (done.returncode, "Set SECRET_KEY in the environment" in done.stderr) == (1, True)


@pytest.mark.parametrize("start", [["celery", "-A", "celerytask", "worker"], ["celerytask.web"]])
def test_a_servers_processes_never_become_local(tmp_path: Path, start: list[str]) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", *start],
        cwd=ROOT, env={**kept, "VAR_DIR": str(tmp_path / "var")}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr[:33]) == (1, "Set SECRET_KEY in the environment")
