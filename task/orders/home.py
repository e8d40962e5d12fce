"""What orders bring to the home page."""

from typing import Any

from django.http import HttpRequest

from task.face.panels import MOST
from task.orders.models import Order

Panel = tuple[str, dict[str, Any]]
SHOWN = 3


def attention(request: HttpRequest) -> Panel | None:
    """For staff: the orders that have waited longest."""
    if not request.user.is_staff:
        return None
    received = Order.objects.filter(state=Order.State.RECEIVED).order_by("id")
    count = len(received.values_list("pk")[: MOST + 1])
    if not count:
        return None
    orders = received.for_page().with_authors()[:SHOWN]
    shown = {"orders": orders, "count": count, "more": count - SHOWN, "capped": count > MOST}
    return "orders/_home_attention.html", shown


def own(request: HttpRequest) -> Panel | None:
    """For members: their newest orders that wait."""
    if request.user.is_staff:
        return None
    received = Order.objects.seen_by(request.user).filter(state=Order.State.RECEIVED)
    orders = list(received.for_page().order_by("-id")[: SHOWN + 1])
    return ("orders/_home.html", {"orders": orders[:SHOWN], "more": len(orders) > SHOWN}) if orders else None
