"""The order that a job made, or that its email tells of."""

from typing import Any

from django.http import HttpRequest

from task.jobs.models import Job
from task.orders.models import Order

Panel = tuple[str, dict[str, Any]]


def order_of(request: HttpRequest, job: Job) -> Panel | None:
    number = str(job.arguments.get("order", ""))
    order = Order.objects.seen_by(request.user).called(number).for_page().first()
    return ("orders/_made.html", {"order": order}) if order else None
