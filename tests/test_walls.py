"""The walls of the house: who may know whom, and what stands alone."""

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FEATURES = ("accounts", "books", "orders", "reports", "playground", "backups", "schedules")
MAY_NAME = {"orders": ("task.books.models",)}  # whom a feature may know besides the engine and itself


def imports_of(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def below(folder: str) -> list[Path]:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    return files


def test_the_engine_knows_no_feature_and_not_the_project():
    for file in below("task/jobs"):
        for name in imports_of(file):
            assert not name.startswith(("celerytask", *(f"task.{feature}" for feature in FEATURES))), (file, name)


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_knows_the_engine_and_the_kit_alone(feature):
    for file in below(f"task/{feature}"):
        for name in imports_of(file):
            if name.startswith(("task.", "celerytask")):
                known = ("task.jobs", "task.kit", f"task.{feature}", *MAY_NAME.get(feature, ()))
                assert name.startswith(known), (file, name)


def test_the_engine_is_small():
    rooms = ("bell", "claim", "ending", "faults", "guards", "intake", "kinds", "lease", "run", "sweep", "worker")
    code = 0
    for room in rooms:
        for line in (ROOT / f"task/jobs/{room}.py").read_text().splitlines():
            code += bool(line.strip()) and not line.strip().startswith("#")
    assert code < 900, f"{code} lines: can it still be read in ten minutes?"


SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["task.jobs", "shop", "django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ROOT_URLCONF = "task.jobs.urls"
"""
MODELS = """
from django.db import models

class Tin(models.Model):
    number = models.IntegerField(unique=True)
"""
TASKS = """
from shop.models import Tin
from task.jobs import job

@job("shop.stock", title="Stock {total} tins")
def stock(run, total):
    for part in run.batches(range(total), size=3):
        with run.step() as tally:
            Tin.objects.bulk_create(Tin(number=n) for n in part)
            tally["made"] += len(part)
    return "{made} tins."
"""
TRY = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, run_syncdb=True)
from celery import Celery
Celery("shop", broker="redis://127.0.0.1:9/0").set_default()
from shop.tasks import stock
from shop.models import Tin
from task.jobs import submit
from task.jobs.testing import assert_survives, perform_all
job = submit(stock, total=10)
assert job.rang is False
perform_all()
job.refresh_from_db()
print(job.state, job.message, Tin.objects.count())
Tin.objects.all().delete()
print(assert_survives(stock, total=7) > 10)
"""


def test_the_engine_alone_works_in_an_empty_project(tmp_path):
    for folder in ("task/jobs", "task/kit"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "task/__init__.py").touch()
    (tmp_path / "shop").mkdir()
    files = {
        "settings.py": SETTINGS,
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/models.py": MODELS,
        "attempt.py": TRY,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = run(tmp_path, [sys.executable, "attempt.py"], DJANGO_SETTINGS_MODULE="settings")
    assert done.stdout.split() == ["succeeded", "10", "tins.", "10", "True"], done.stdout + done.stderr


def test_the_kit_knows_nobody():
    names = {name for file in below("task/kit") for name in imports_of(file)}
    assert not [name for name in names if name.startswith(("celerytask", "task")) and not name.startswith("task.kit")]


GO = ["orders", "orders books", "reports", "playground", "backups", "schedules"]  # accounts hold the log-in


@pytest.mark.parametrize("features", GO)
def test_a_feature_that_no_other_names_goes_with_two_lines(features, tmp_path):
    for folder in ("celerytask", "task", "templates", "static"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    for feature in features.split():
        take_out(tmp_path, feature)
    (tmp_path / "attempt.py").write_text(
        textwrap.dedent("""
        import django; django.setup()
        from django.core.management import call_command
        call_command("check"); call_command("migrate", verbosity=0)
        from django.contrib.auth import get_user_model
        from django.test import Client
        ann = get_user_model().objects.create_superuser("ann", "ann@example.org", "pw")
        print([Client().get("/").status_code])
        client = Client(); client.force_login(ann)
        print([client.get(path).status_code for path in ("/", "/jobs/", "/users/", "/generate/")])
        """)
    )
    done = run(
        tmp_path, [sys.executable, "attempt.py"], DJANGO_SETTINGS_MODULE="celerytask.settings", SECRET_KEY="x",
        ALLOWED_HOSTS="testserver", SITE_URL="http://testserver", VAR_DIR=str(tmp_path / "var"),
        DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3", CELERY_BROKER_URL="redis://127.0.0.1:9/0",
        DEBUG="1",
    )  # fmt: skip
    assert "[200]\n[200, 200, 200, 200]" in done.stdout, done.stdout + done.stderr[-3000:]


def take_out(folder: Path, feature: str) -> None:
    shutil.rmtree(folder / "task" / feature)
    shutil.rmtree(folder / "templates" / feature, ignore_errors=True)
    for name, gone in (("settings.py", f'"task.{feature}",'), ("urls.py", f'"task.{feature}.urls"')):
        file = folder / "celerytask" / name
        lines = file.read_text().splitlines(keepends=True)
        rest = [line for line in lines if gone not in line]
        assert len(lines) - len(rest) == 1
        file.write_text("".join(rest))


def run(folder: Path, command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=120)


def test_the_map_of_the_engine_names_every_room_and_no_other():
    folder = ROOT / "task/jobs"
    rooms = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    rooms |= {path.stem for path in (folder / "outside").glob("*.py")}
    named = set(re.findall(r"`(\w+)`", ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""))
    assert named == rooms - {"__init__", "apps", "migrations"}
