"""Backups for programs of staff."""

from uuid import uuid4

import pytest

from task.backups.models import Backup
from task.jobs.models import Job
from task.jobs.pages import api as jobs_api
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_back_up_now_and_see_them(program, charlie):
    api = program(charlie, as_staff=True)
    answer = api.post("/api/backups/")
    backup = Backup.objects.get()
    assert (answer.status_code, answer.json()["name"]) == (202, backup.name)
    assert Job.objects.get().owner == charlie
    (listed,) = api.get("/api/backups/").json()["results"]
    assert api.get(listed["url"]).json() == listed


def test_members_are_not_told_that_there_are_any(program, alice, charlie):
    for api in (program(alice), program(charlie)):
        assert api.get("/api/backups/").status_code == 404
        assert api.post("/api/backups/").status_code == 404
    assert not Backup.objects.exists()


def test_who_waits_is_told_how_it_is_then(program, charlie, monkeypatch):
    def ended(seconds):
        Backup.objects.update(state=Backup.State.GOOD)
        Job.objects.update(state="succeeded")

    monkeypatch.setattr(jobs_api.time, "sleep", ended)
    answer = program(charlie, as_staff=True).post("/api/backups/", HTTP_PREFER="wait=5", HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.json()["state"], answer.headers["Preference-Applied"]) == ("good", "wait=5")


def test_superusers_fetch_the_file(program, charlie, settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    backup = Backup.objects.create(job_id=uuid4(), name="desk-x.tar.gz", state=Backup.State.GOOD)
    path = f"/api/backups/{backup.pk}/file/"
    assert program(charlie, as_staff=True).get(path).status_code == 404
    charlie.is_superuser = True
    charlie.save()
    api = program(charlie, as_staff=True)
    assert program(charlie).get(path).status_code == 404
    missing = api.get(path)
    assert (missing.status_code, "moved or removed" in missing.json()["detail"]) == (409, True)
    backup.path.write_bytes(b"all of it")
    answer = api.get(path)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"all of it")
    assert "no-store" in answer.headers["Cache-Control"]
