"""Jobs, workers and rate limits in the administration."""

from django.contrib import admin

from task.jobs.models import Job, RateLimit, Worker
from task.kit.admin import LimitedAdmin, ReadOnly


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("title", "kind", "state", "owner", "created", "finished")
    list_filter = ("state",)  # a filter by kind would look through the whole table for the kinds there are
    list_select_related = ("owner",)
    search_fields = ("id", "unique_key")
    ordering = ("-created",)


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("name", "started", "seen")


@admin.register(RateLimit)
class RateLimitAdmin(LimitedAdmin):
    """To let a service be asked again at once, when staff know better."""

    list_display = ("source", "next_at", "blocked_until", "strikes", "reason")
