"""Webhooks and deliveries for tests."""

from typing import Any

from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.webhooks.models import Delivery, Webhook, body_of
from tests.workbench.tasks import do_nothing

ADDRESS = "https://hooks.example.org/a?b=c"


def webhook_of(owner: Any, address: str = ADDRESS, **columns: Any) -> Webhook:
    made = Webhook.make(owner, address)
    assert made
    Webhook.objects.filter(pk=made[0].pk).update(**columns)
    return Webhook.objects.get(pk=made[0].pk)


def ended_job(owner: Any) -> Job:
    job = do_nothing.apply_async(owner=owner)
    execute(job.pk)
    return Job.objects.get(pk=job.pk)


def delivery_of(owner: Any, webhook: Webhook | None = None, about: Job | None = None, **columns: Any) -> Delivery:
    """One that failed, without a job of its own."""
    webhook, about = (
        webhook or webhook_of(owner, enabled=True),
        about or Job.objects.create(owner=owner, kind="workbench.empty", title="Do nothing", state="succeeded"),
    )
    key = about.pk
    given = {
        "state": "failed",
        "status": 500,
        "took": 12,
        "answer": "Oh no",
        "error": "hooks.example.org answered 500.",
    }
    return Delivery.objects.create(
        pk=key, message=key, webhook=webhook, about=about, body=body_of(about), **{**given, **columns}
    )
