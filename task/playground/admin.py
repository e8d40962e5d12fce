from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from task.kit.admin import ReadOnly
from task.playground.models import PlaygroundRun


@admin.register(PlaygroundRun)
class PlaygroundRunAdmin(ReadOnly):
    """To look at: a run is started by its form, and what becomes of it is Celery's."""

    list_display = ("id", "canvas", "inputs", "owner", "created", "published", "ended")
    list_select_related = ("owner",)
    ordering = ("-created",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Else an account that has runs could not be deleted, since they go with it."""
        return bool(request.user.has_perm("playground.delete_playgroundrun"))
