"""Backups for programs of staff."""

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
