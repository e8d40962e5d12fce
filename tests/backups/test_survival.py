"""Each kind of job of this feature is killed before each of its statements."""

import shutil

import pytest
from django.conf import settings

from task.backups import tasks
from task.backups.models import Backup, folder
from task.jobs.testing import assert_survives
from tests.backups.pages import backup, good

pytestmark = pytest.mark.django_db(transaction=True)

# Two backups of one desk are of two moments.
OF_THE_MOMENT = tuple(f"backups.backup.{name}" for name in ("job", "name", "size", "sha256"))


def empty_the_folder():
    shutil.rmtree(settings.BACKUP_DIR, ignore_errors=True)


def test_a_backup_survives(sam):
    ignore = (*OF_THE_MOMENT, "jobs.job.message")
    assert assert_survives(tasks.back_up, owner=sam, reset=empty_the_folder, ignore=ignore) >= 15


def test_what_survives_is_one_file(sam):
    def reset():
        found = sorted(path.name for path in folder().iterdir()) if folder().exists() else []
        files.append(found)
        empty_the_folder()

    files: list[list[str]] = []
    assert_survives(tasks.back_up, reset=reset, ignore=(*OF_THE_MOMENT, "jobs.job.message"))
    assert {len(found) for found in files[1:]} == {1}
    assert all(found[0].startswith("desk-") for found in files[1:])


@pytest.fixture
def no_mail(settings):
    """The emails of follow-up jobs have an id that each run makes anew. Their jobs are compared, by their rows."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"


def test_a_backup_that_fails_survives_and_tells_the_staff_once(sam, settings, no_mail):
    settings.BACKUP_DIR = "/dev/null/backups"
    # The number of the row, which PostgreSQL gives only once; and the email says when it was, to the minute.
    ignore = (*OF_THE_MOMENT, "jobs.job.arguments", "emails.email.text", "emails.email.html")
    assert assert_survives(tasks.back_up, ignore=ignore) >= 10


def test_telling_the_staff_survives(sam, no_mail):
    failed = backup(1, state="failed", reason="The disk is full.")
    assert assert_survives(tasks.email_staff, backup=failed.pk) >= 10


def test_an_email_survives(sam):
    failed = backup(1, state="failed", reason="The disk is full.")
    assert assert_survives(tasks.send_failure, backup=failed.pk, person=sam.pk) >= 4


def test_retention_survives(monkeypatch):
    monkeypatch.setattr(tasks, "STEP", 10)
    for hour in range(60):
        good(hour)
    backup(24 * 8, state="failed")

    def reset():
        empty_the_folder()
        folder().mkdir()
        for row in Backup.objects.all():
            row.path.touch()

    assert assert_survives(tasks.remove_old_backups, reset=reset) >= 15
