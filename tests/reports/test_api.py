"""Reports for programs."""

import pytest

from task.jobs.testing import execute_all
from task.reports import files
from task.reports.models import Report
from tests.api.conftest import program as program
from tests.reports.conftest import ask

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/reports/"


def test_one_is_requested_watched_and_fetched(program, alice, github):
    api = program(alice)
    answer = api.post(PATH, {"language": "python", "count": 20, "mail": False}, format="json")
    assert answer.status_code == 202
    report = answer.json()
    assert (report["language"], report["count"], report["mail"], report["state"]) == ("Python", 20, False, "working")
    assert api.get(f"{PATH}{report['id']}/file/").status_code == 409
    execute_all()
    done = api.get(report["url"]).json()
    assert (done["state"], done["rows"]) == ("done", 20)
    rows = api.get(done["repositories"] + "?sort=stars").json()["results"]
    assert [row["rank"] for row in rows] == list(range(1, 21))
    file = api.get(done["file"], HTTP_ACCEPT="text/csv")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert len(b"".join(file.streaming_content).splitlines()) == 21
    assert api.get(answer.headers["Location"]).json()["state"] == "succeeded"


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"language": "Klingon"}, "/language"), ({"language": "Python", "count": 1001}, "/count"),
        ({"language": "Python", "count": "many"}, "/count"), ({"language": "Python", "mail": "perhaps"}, "/mail"),
        ({}, "/language"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(program, alice, sent, pointer):
    answer = program(alice).post(PATH, sent, format="json")
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert not Report.objects.exists()


def test_the_email_is_wanted_unless_it_is_said(program, alice):
    program(alice).post(PATH, {"language": "Python"}, format="json")
    assert Report.objects.get().mail


def test_a_strangers_is_not_there(program, alice, bob, charlie):
    ask(alice)
    path = f"{PATH}{Report.objects.get().pk}/"
    for part in ("", "repositories/", "file/"):
        assert program(bob).get(path + part).status_code == 404
        assert program(charlie).get(path + part).status_code == 404
    assert program(bob).delete(path).status_code == 404
    assert program(charlie, as_staff=True).get(path).status_code == 200


def test_deleting_takes_row_file_and_job(program, alice):
    job = ask(alice)
    report = Report.objects.get()
    assert program(alice).delete(f"{PATH}{report.pk}/").status_code == 204
    job.refresh_from_db()
    assert (Report.objects.exists(), files.path_of(report).exists(), job.state) == (False, False, "cancelled")
