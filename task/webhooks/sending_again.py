"""A delivery once more, because a person wants it: a job of its own, which tells the same under the same webhook-id."""

from typing import Any

from django.db import IntegrityError, transaction

from task.jobs.models import Job
from task.webhooks.models import Delivery
from task.webhooks.tasks import enqueue_delivery


class CantSend(Exception):
    """Why it is not sent now: a sentence."""


def send_again(delivery: Delivery, owner: Any, unique_key: str | None = None) -> Job:
    """The job. Raises CantSend. Of two clicks at once one is a job, and the other finds it being sent."""
    webhook = delivery.webhook
    if not webhook.enabled:
        raise CantSend("This webhook is switched off. Switch it on first.")
    same = Delivery.objects.filter(message=delivery.message)
    if same.filter(state=Delivery.State.WAITING).exists():
        raise CantSend("This is already being sent.")
    number = same.count()
    key = unique_key or f"webhook {delivery.message.hex} {number}"
    try:
        with transaction.atomic():
            return enqueue_delivery(
                webhook, delivery.about_id, delivery.body, again=delivery, owner=owner, unique_key=key
            )
    except IntegrityError:
        if unique_key:
            raise
        raise CantSend("This is already being sent.") from None
