"""Sam is staff; the folders of backups and media are the test's own."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from task.accounts.models import User
from task.backups.models import Backup
from task.backups.tasks import back_up
from task.jobs.testing import execute_all


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    settings.BACKUP_DIR, settings.MEDIA_ROOT = tmp_path / "backups", tmp_path / "media"
    (tmp_path / "media/reports/7").mkdir(parents=True)
    (tmp_path / "media/reports/7/report.csv").write_text("name\r\nDjango\r\n")
    (tmp_path / "media/empty").touch()
    return tmp_path


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_user("sam", "sam@example.org", "a good password", is_staff=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def staff(sam: User) -> Client:
    return signed_in(sam)


def made(**fields: Any) -> Backup:
    """A backup that a worker has made, or failed to make."""
    job = back_up.apply_async(**fields)
    execute_all()
    return Backup.objects.get(job_id=job.pk)


@pytest.fixture
def root(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root", "root@example.org", "a good password"))
