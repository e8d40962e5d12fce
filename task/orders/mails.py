"""How the emails of orders are: each is a job, and an order shows that of its last event."""

from collections.abc import Iterable

from task.jobs.models import Job
from task.orders.models import Order
from task.orders.tasks import SENT


def set_mails(orders: Iterable[Order]) -> bool:
    """Give each order its `mail`, in one query. Says whether one of them is still on its way."""
    names = {order: order.ended_job_id or order.job_id for order in orders}
    jobs = Job.objects.filter(pk__in=names.values()).only("title", "state", "owner", "created", "message")
    found = {job.pk: job for job in jobs}
    for order, name in names.items():
        order.mail = found.get(name)
        order.was_mailed = order.mail is not None and order.mail.message == SENT.format(order.number)
    return any(job.is_active for job in found.values())
