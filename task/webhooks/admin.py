from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from task.kit.admin import ReadOnly
from task.webhooks.models import Delivery, Webhook


@admin.register(Webhook)
class WebhookAdmin(ReadOnly):
    """To look at. The rest of an address may be a secret of whoever answers there, so hosts are shown."""

    list_display = ("host", "owner", "enabled", "failures", "created")
    list_filter = ("enabled",)
    list_select_related = ("owner",)
    fields = ("host", "owner", "enabled", "failures", "stopped", "created")
    ordering = ("-id",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("id", "webhook", "state", "status", "took", "created")
    list_filter = ("state",)
    list_select_related = ("webhook",)
    fields = ("id", "webhook", "message", "state", "status", "took", "error", "created", "tried")
    ordering = ("-created", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("answer")
