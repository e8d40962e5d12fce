"""The pages of the backups, for the browser tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from task.backups.models import Backup, folder, name_of
from tests.browser.entry import Entry
from tests.browser.filling import job

NO_PAGES = {"backup_download": "a file; tested with the backups"}


def empty() -> list[Entry]:
    return [
        Entry("backups_empty", reverse("backups_list"), "staff"),
        Entry("backup_new", reverse("backup_new"), "staff"),
        Entry("backups_member", reverse("backups_list"), "member", 404),
    ]


def backup(ago: float, **fields: Any) -> Backup:
    created = timezone.now() - timedelta(hours=ago)
    key = fields.pop("job_id", None) or uuid4()
    return Backup.objects.create(job_id=key, name=name_of(created, key), created=created, **fields)


def with_file(row: Backup) -> Backup:
    folder().mkdir(parents=True, exist_ok=True)
    row.path.touch()
    return row


def good(ago: float, **fields: Any) -> Backup:
    made = timezone.now() - timedelta(hours=ago)
    facts = {"size": 127_347_066, "sha256": "9921f9ca0ad2c96e" * 4, "rows": 2_036_834, "files": 48}
    return backup(ago, **{"state": "good", "made": made, **facts, **fields})


def filled(member: Any, staff: Any) -> list[Entry]:
    running = job(staff, "Back up the desk", "running", 8, kind="backups.back_up", claims=1)
    backup(0.01, job_id=running.pk, stage="copying the database")
    backup(0.02)
    reason = "The disk is full: BACKUP_DIR (/srv/desk/var/backups) has no room for this backup. Nothing was kept."
    backup(0.3, state="failed", reason=reason)
    backup(1.3, state="failed", reason="<script>alert('reason')</script> " + "Donaudampfschifffahrt" * 20)
    backup(1.5, state="failed", reason="الملف غير موجود")
    backup(1.7, state="cancelled", reason="Cancelled.")
    good(1.9)  # its file is missing
    with_file(good(2))
    with_file(good(26, rows=None, files=None))
    with_file(good(300, size=0))
    for hours in range(310, 340):
        with_file(good(hours))
    return [
        Entry("backups_list", reverse("backups_list"), "staff"),
        Entry("backups_oldest", reverse("backups_list") + "?sort=oldest", "staff"),
        Entry("home_backup_failed", reverse("home"), "staff"),
    ]
