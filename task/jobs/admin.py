from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from task.jobs.models import Job, Pace, Worker
from task.kit.paginator import LimitedAdmin


class ReadOnly(LimitedAdmin):
    """To look at: jobs change by their own buttons, workers by themselves."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("title", "kind", "state", "owner", "created", "finished")
    list_filter = ("state",)  # a filter by kind would look through the whole table for the kinds there are
    list_select_related = ("owner",)
    search_fields = ("id", "submission")
    ordering = ("-created",)


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("name", "started", "seen")


@admin.register(Pace)
class PaceAdmin(LimitedAdmin):
    """To let a service be asked again at once, when staff know better."""

    list_display = ("source", "next_at", "blocked_until", "strikes", "reason")
