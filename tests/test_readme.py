"""The README's way to add a kind of job: its own lines, run through a real worker, and its test."""

import sqlite3
from pathlib import Path

from tests import examples
from tests.processes import Broker, Worker, running, wait_until

URLS = """
from django.urls import include, path
from example_stamps.views import PrintStampsView

urlpatterns = [path("stamps/", PrintStampsView.as_view(), name="stamps"), path("", include("celerytask.urls"))]
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


def test_its_code_passes_the_types_of_the_project(tmp_path: Path) -> None:
    examples.check_types(tmp_path, "example_stamps", examples.files_of("README.md", "stamps"))


def test_a_kind_is_one_form_one_task_one_view_one_template(tmp_path: Path) -> None:
    found = examples.files_of("README.md", "stamps")
    assert set(found) == {
        *(f"example_stamps/{name}.py" for name in ("models", "forms", "tasks", "views", "apps")),
        "example_stamps/templates/example_stamps/print.html", "tests/example_stamps/test_survival.py",
    }  # fmt: skip
    broker = Broker()
    own = {"example_stamps_urls.py": URLS, "attempt.py": ATTEMPT}
    env = examples.project(tmp_path, "example_stamps", {**found, **own}) | {"TEST_BROKER_URL": broker.url}
    try:
        examples.run(tmp_path, env, "attempt.py")
        assert "1 passed" in examples.run_tests(tmp_path, env, "tests/example_stamps/test_survival.py")
        worker = Worker(broker.url, env["TEST_RUN_DATABASE_URL"], **env)
        with running(worker):

            def rows(sql: str) -> list[tuple]:
                with sqlite3.connect(tmp_path / "db.sqlite3") as base:
                    return base.execute(sql).fetchall()

            wait_until(lambda: rows("SELECT 1 FROM jobs_job WHERE state = 'succeeded'"), what=worker.said)
            assert rows("SELECT title, message FROM jobs_job") == [("Print 1,200 stamps", "1,200 stamps printed.")]
            assert rows("SELECT count(DISTINCT number), count(*) FROM example_stamps_stamp") == [(1200, 1200)]
    finally:
        broker.close()
