"""A backup: one row, one file in BACKUP_DIR."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models

from task.jobs import Now
from task.jobs.models import JobForeignKey

SUFFIX = ".tar.gz"
NAME = re.compile(r"desk-(\d{8}T\d{6}Z)-([0-9a-f]{32})" + re.escape(SUFFIX))
PARTIAL = re.compile(r"\.desk-\d{8}T\d{6}Z-([0-9a-f]{32})\.\w+\.\w+")  # what a backup that died leaves behind
RESTORE_FOLDER = re.compile(r"\.restore-\d+.*")  # and a restore


def name_of(created: datetime, job_id: UUID) -> str:
    """The same whoever goes on with the backup."""
    return f"desk-{created.astimezone(UTC):%Y%m%dT%H%M%SZ}-{job_id.hex}{SUFFIX}"


class Backup(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "waiting"  # or being made: its job knows
        GOOD = "good", "verified"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    job = JobForeignKey(unique=True, editable=False)
    name = models.CharField(max_length=80, unique=True, help_text="The name of its file in BACKUP_DIR.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stage = models.CharField(max_length=60, blank=True, help_text="What is being done right now.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it failed.")
    created = models.DateTimeField(db_default=Now())
    made = models.DateTimeField(null=True, help_text="The moment of its copy of the database.")
    size = models.BigIntegerField(null=True, help_text="Bytes of the file.")
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.BigIntegerField(null=True, help_text="In all tables together.")
    files = models.BigIntegerField(null=True, help_text="Of the media folder.")

    class Meta:
        indexes = [
            models.Index(fields=["created", "id"], name="backup_newest"),
            models.Index(fields=["state", "created", "id"], name="backup_newest_in_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return folder() / self.name

    @property
    def is_good(self) -> bool:
        return self.state == self.State.GOOD

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING


def folder() -> Path:
    """BACKUP_DIR: all workers and the web write and read the same one."""
    path: Any = settings.BACKUP_DIR
    return Path(path)


def folders_left_out() -> list[Path]:
    """Folders of media files that are in no backup, as an app names them: they can be fetched again."""
    root = Path(settings.MEDIA_ROOT)
    return [root / name for config in apps.get_app_configs() for name in getattr(config, "folders_not_backed_up", ())]


def tables_left_out() -> list[str]:
    """Tables whose rows are in no backup: who holds a session's key is that person, and a cache is only a cache."""
    names = [cache["LOCATION"] for cache in settings.CACHES.values() if cache["BACKEND"].endswith(".DatabaseCache")]
    if apps.is_installed("django.contrib.sessions"):
        names.append(apps.get_model("sessions", "Session")._meta.db_table)
    for config in apps.get_app_configs():  # an app names what of its own is not worth keeping
        names += [config.get_model(name)._meta.db_table for name in getattr(config, "not_backed_up", ())]
    return names
