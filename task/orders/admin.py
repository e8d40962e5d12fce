from django.contrib import admin

from task.kit.admin import ReadOnly
from task.orders.models import Order


@admin.register(Order)
class OrderAdmin(ReadOnly):
    """To look at: an order moves copies and sends emails, so it changes by its own buttons alone."""

    list_display = ("number", "book", "quantity", "owner", "state", "created")
    list_filter = ("state",)
    list_select_related = ("book", "owner")
    ordering = ("-id",)
    fields = ("number", "book", "quantity", "owner", "state", "job", "created", "ended", "ended_by", "ended_job")
