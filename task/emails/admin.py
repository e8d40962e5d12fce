from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from task.emails.models import WIDE, Email
from task.kit.admin import ReadOnly


@admin.register(Email)
class EmailAdmin(ReadOnly):
    """To look at: emails are kept as they leave, and removed by a job."""

    list_display = ("subject", "to", "state", "created")
    list_filter = ("state",)
    ordering = ("-created", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        return super().get_queryset(request).defer(*WIDE)
