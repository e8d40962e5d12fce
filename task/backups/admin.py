from django.contrib import admin

from task.backups.models import Backup
from task.kit.admin import ReadOnly


@admin.register(Backup)
class BackupAdmin(ReadOnly):
    """To look at: backups are made and removed by jobs."""

    list_display = ("name", "state", "created", "size", "rows", "files")
    list_filter = ("state",)
    ordering = ("-created",)
