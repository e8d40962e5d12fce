from django.contrib import admin

from task.jobs.admin import ReadOnly
from task.playground.models import PlaygroundRun


@admin.register(PlaygroundRun)
class PlaygroundRunAdmin(ReadOnly):
    """To look at: a run is started by its form, and what becomes of it is Celery's."""

    list_display = ("id", "canvas", "inputs", "owner", "created", "published", "ended")
    list_select_related = ("owner",)
    ordering = ("-created",)
