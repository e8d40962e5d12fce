"""What a server's answers say to browsers, and private files that nginx sends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from task.backups.models import Backup
from task.kit.private_files import private_file
from task.reports import files
from task.reports.models import Report

pytestmark = pytest.mark.django_db
SAID = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}


@pytest.fixture(autouse=True)
def server(settings: Any, tmp_path: Path) -> Any:
    settings.SECURE_HSTS_SECONDS = 31_536_000  # as celerytask/settings.py has it where SITE_URL is https
    settings.MEDIA_ROOT, settings.BACKUP_DIR = tmp_path / "media", tmp_path / "backups"
    return settings


@pytest.fixture
def report(server: Any, alice: Any) -> Report:
    report = Report.objects.create(owner=alice, language="C++", count=1, state=Report.State.DONE, crawl_id=uuid4())
    files.path_of(report).parent.mkdir(parents=True)
    files.path_of(report).write_text("a,b\n")
    return report


@pytest.fixture
def backup(server: Any) -> Backup:
    server.BACKUP_DIR.mkdir()
    backup = Backup.objects.create(name="desk-1.tar.gz", job_id=uuid4(), state=Backup.State.GOOD)
    backup.path.write_bytes(b"packed")
    return backup


@pytest.mark.parametrize(
    "path", ["/", "/admin/login/", "/api/docs/", "/api/schema/", "/static/js/forms.js", "/healthz"]
)
def test_every_answer_is_guarded(path: str, server: Any) -> None:
    server.WHITENOISE_USE_FINDERS = True
    answer = Client().get(path, secure=True)
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in SAID} == SAID


def test_errors_and_private_files_are_guarded_too(
    client_of: Callable[[Any], Client], alice: Any, report: Report
) -> None:
    client = client_of(alice)
    for path, status in (
        ("/nothing/", 404),
        ("/books/scan/?x=%ff", 200),
        ("/api/nothing/", 404),
        (f"/reports/{report.pk}/download/", 200),
    ):
        answer = client.get(path, secure=True)
        expected = SAID | ({"Permissions-Policy": answer.headers["Permissions-Policy"]} if "scan" in path else {})
        assert answer.status_code == status, path
        assert {name: answer.headers.get(name) for name in SAID} == expected
    refused = client.get("/", headers={"Host": "elsewhere.example"}, secure=True)
    assert refused.status_code == 400
    assert {name: refused.headers.get(name) for name in SAID} == SAID


def test_nginx_is_given_the_files_name_and_the_reader_its_own(
    client_of: Callable[[Any], Client], alice: Any, report: Report, server: Any
) -> None:
    server.X_ACCEL_REDIRECT = True
    token = client_of(alice)
    for path in (f"/reports/{report.pk}/download/", f"/api/reports/{report.pk}/file/"):
        answer = token.get(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["X-Accel-Redirect"] == f"/private/media/reports/{report.pk}/{report.file_name}"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{report.file_name}"'
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert "no-store" in answer.headers["Cache-Control"]


def test_nginx_sends_a_backup_to_superusers_alone(
    client_of: Callable[[Any], Client], django_user_model: Any, alice: Any, backup: Backup, server: Any
) -> None:
    server.X_ACCEL_REDIRECT = True
    boss = client_of(django_user_model.objects.create_superuser("boss", "boss@example.org", "a good password"))
    path = f"/backups/{backup.pk}/download/"
    assert boss.get(path).headers["X-Accel-Redirect"] == "/private/backups/desk-1.tar.gz"
    refused = client_of(alice).get(path)
    assert refused.status_code in (302, 403, 404)
    assert "X-Accel-Redirect" not in refused.headers


def test_nginx_is_asked_for_nothing_that_is_not_the_readers_or_not_there(
    client_of: Callable[[Any], Client], client: Client, alice: Any, bob: Any, report: Report, server: Any
) -> None:
    server.X_ACCEL_REDIRECT = True
    path = f"/reports/{report.pk}/download/"
    for browser, status in ((client, 302), (client_of(bob), 404)):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers.get("X-Accel-Redirect")) == (status, None)
    files.remove(report.pk)
    assert "X-Accel-Redirect" not in client_of(alice).get(path).headers


def test_only_private_folders_have_an_address(server: Any, tmp_path: Path) -> None:
    server.X_ACCEL_REDIRECT = True
    (tmp_path / "media").mkdir()
    for path in (tmp_path / "media" / "ü %.csv", tmp_path / "secret_key"):
        path.write_text("x")
    answer = private_file(tmp_path / "media" / "ü %.csv", "x.csv", "text/csv")
    assert answer.headers["X-Accel-Redirect"] == "/private/media/%C3%BC%20%25.csv"
    with pytest.raises(ValueError, match="no folder of private files"):
        private_file(tmp_path / "secret_key", "x", "text/plain")
