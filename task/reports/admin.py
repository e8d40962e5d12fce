from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from task.kit.admin import ReadOnly
from task.reports.models import Report, Repository


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """To look at: reports are made by jobs, and go with their files by their own button or the retention."""

    list_display = ("language", "count", "state", "owner", "rows", "size", "created")
    list_filter = ("state",)
    list_select_related = ("owner",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).defer("points", "owner__password")


@admin.register(Repository)
class RepositoryAdmin(ReadOnly):
    """To look at: they belong to their report."""

    list_display = ("full_name", "report", "rank", "stars", "forks")
    list_select_related = ("report",)
    search_fields = ("report",)
    search_help_text = "The number of a report"
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Repository]:
        return super().get_queryset(request).defer("topics", "description", "report__points")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the number of their report, as a number: compared as a text it would be no matter for an index."""
        number = search_term.strip()
        if not number:
            return queryset, False
        is_one = number.isdecimal() and len(number) <= 18
        return (queryset.filter(report=int(number)) if is_one else queryset.none()), False
