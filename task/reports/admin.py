from django.contrib import admin

from task.jobs.admin import ReadOnly
from task.reports.models import Report, Repository


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """To look at: reports are made by jobs, and go with their files by their own button or the retention."""

    list_display = ("language", "count", "state", "owner", "rows", "size", "created")
    list_filter = ("state",)
    list_select_related = ("owner",)
    ordering = ("-id",)


@admin.register(Repository)
class RepositoryAdmin(ReadOnly):
    """To look at: they belong to their report."""

    list_display = ("full_name", "report", "rank", "stars", "forks")
    list_select_related = ("report",)
    search_fields = ("=report__id",)
    ordering = ("-id",)
