"""The README's way to add a kind of job: its own lines, run through a real worker, and its test."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.processes import Broker, Worker, running, wait_until

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"```(?:python|html)\n(?:# |<!-- )((?:tests/)?stamps/\S+?)(?: -->)?\n(.*?)```", re.DOTALL)
SETTINGS = """
from tests.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "stamps"]
ROOT_URLCONF = "stamps_urls"
"""
URLS = """
from django.urls import include, path
from stamps.views import PrintStampsView

urlpatterns = [path("stamps/", PrintStampsView.as_view()), path("", include("celerytask.urls"))]
"""
ATTEMPT = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, run_syncdb=True)
from django.contrib.auth import get_user_model
from django.test import Client
ann = get_user_model().objects.create_user("ann", "ann@example.org", "pw")
client = Client(); client.force_login(ann)
page = client.get("/stamps/").content.decode()
token = page.split('name="form_token" value="')[1].split('"')[0]
assert "How many stamps to print." in page
for _ in range(2):
    reply = client.post("/stamps/", {"count": 1200, "form_token": token})
    assert (reply.status_code, reply.url) == (302, "/jobs/"), reply.content
assert "We are printing your stamps." in client.get("/jobs/").content.decode()
"""


def pieces() -> dict[str, str]:
    """The README's files by their names."""
    readme = (ROOT / "README.md").read_text()
    found = dict(BLOCK.findall(readme))
    assert len(found) == readme.count("```python") + readme.count("```html")
    return found


def test_its_code_passes_the_types_of_the_project(tmp_path):
    config = (ROOT / "pyproject.toml").read_text()
    config = config[config.index("[tool.mypy]") :].replace("tests.settings", "stamps_settings")
    own = {"stamps/__init__.py": "", "stamps_settings.py": SETTINGS, "pyproject.toml": config}
    for name, text in {**pieces(), **own}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", os.devnull, "stamps", "tests/stamps"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT), "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_kind_is_one_form_one_task_one_view_one_template(tmp_path):
    found = pieces()
    assert set(found) == {
        "stamps/models.py", "stamps/forms.py", "stamps/tasks.py", "stamps/views.py",
        "stamps/templates/stamps/print.html", "tests/stamps/test_survival.py",
    }  # fmt: skip
    own = {"stamps/__init__.py": "", "stamps_settings.py": SETTINGS, "stamps_urls.py": URLS}
    own |= {"tests/conftest.py": "from tests.conftest import *"}  # what all tests of the desk share
    for name, text in {**found, **own, "attempt.py": ATTEMPT}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    broker = Broker()
    database = f"sqlite:///{tmp_path}/db.sqlite3"
    env = {"DJANGO_SETTINGS_MODULE": "stamps_settings", "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    try:
        settings = {**os.environ, **env, "TEST_BROKER_URL": broker.url, "TEST_RUN_DATABASE_URL": database}
        done = subprocess.run(
            [sys.executable, str(tmp_path / "attempt.py")], env=settings, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        test = ["-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-q"]
        tested = subprocess.run(
            [sys.executable, *test, "tests/stamps/test_survival.py"],
            cwd=tmp_path,
            env={**settings, "VAR_DIR": str(tmp_path)},  # its test database is not the one of these tests
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert tested.returncode == 0, tested.stdout + tested.stderr
        assert "1 passed" in tested.stdout
        worker = Worker(broker.url, database, **env)
        with running(worker):

            def rows(sql: str) -> list[tuple]:
                with sqlite3.connect(tmp_path / "db.sqlite3") as base:
                    return base.execute(sql).fetchall()

            wait_until(lambda: rows("SELECT 1 FROM jobs_job WHERE state = 'succeeded'"), what=worker.said)
            assert rows("SELECT title, message FROM jobs_job") == [("Print 1,200 stamps", "1,200 stamps printed.")]
            assert rows("SELECT count(DISTINCT number), count(*) FROM stamps_stamp") == [(1200, 1200)]
    finally:
        broker.close()
