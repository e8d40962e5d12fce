"""What a worker does for webhooks: delivers, emails an owner whose webhook was switched off, removes old rows."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from task.jobs import Now, RetryLater, Run, Snooze, State, job, reservation
from task.jobs.conf import conf
from task.jobs.models import Job, storable
from task.jobs.services.http import user_agent
from task.webhooks import signing
from task.webhooks.calls import Result, call
from task.webhooks.models import MOST_FAILURES, Delivery, Webhook, body_of

PAUSES = (60.0, 600.0, 3600.0)  # seconds until the next try: a receiver may be away for an hour
REST = timedelta(seconds=60)  # in which one that was away is not called: of many deliveries one has to wait for it
STEP = 500


def enqueue_deliveries(ended: Job) -> None:
    """An end hook: a job for each webhook of the job's owner, in the transaction that ends it."""
    webhooks = list(Webhook.objects.filter(owner=ended.owner_id, enabled=True, owner__is_active=True).order_by("slot"))
    if webhooks:
        body = body_of(ended)
        for webhook in webhooks:
            enqueue_delivery(webhook, ended.pk, body)


def enqueue_delivery(webhook: Webhook, about: Any, body: str, again: Delivery | None = None, **options: Any) -> Job:
    """The job, and the delivery in its transaction. `again`: one that had the same to tell."""

    def rows(made: Job) -> None:
        message = again.message if again else made.pk
        Delivery.objects.create(pk=made.pk, webhook=webhook, message=message, about_id=about, body=body)

    return deliver.apply_async(kwargs={"host": webhook.host}, rows=rows, **options)


@job("webhooks.deliver", title="Call {host}", label="Call a webhook", silent=True, starts_within=600)
def deliver(run: Run, host: str) -> str | None:
    """Its own end is a success also where the other side failed: that is in the delivery's row, and its owner's log.

    Killed between the call and the commit it calls again, under the same webhook-id.
    """
    delivery = Delivery.objects.select_related("webhook__owner").filter(pk=run.job.pk).first()
    if delivery is None:
        return "The webhook was deleted, so it was not called."
    webhook = delivery.webhook
    secret = signing.find_secret(webhook.seed, webhook.digest)
    if reason := why_not(webhook, secret):
        with run.finish(f"Not called: {reason}"):
            settle(delivery, Delivery.State.FAILED, error=reason)
        return None
    assert secret is not None
    now = Job.objects.filter(pk=run.job.pk).now()
    if webhook.rests_until and webhook.rests_until > now:
        raise Snooze(f"{host} was away a moment ago.", after=webhook.rests_until - now)
    result, columns = send(delivery, secret, now)
    if not result.error:
        with run.finish(f"{host} answered {result.status}."):
            settle(delivery, Delivery.State.DELIVERED, **columns)
            failed_before = Q(failures__gt=0) | Q(rests_until__isnull=False)
            Webhook.objects.filter(failed_before, pk=webhook.pk).update(failures=0, rests_until=None)
        return None
    if result.again and run.job.faults < conf.MAX_FAULTS - 1:  # the last is for one whose worker is lost
        with reservation():
            settle(delivery, Delivery.State.WAITING, **columns)
            Webhook.objects.filter(pk=webhook.pk).update(rests_until=now + REST)
        raise RetryLater(result.error, after=PAUSES[min(run.job.faults, len(PAUSES)) - 1])
    with run.finish(f"Not delivered: {result.error}"):
        settle(delivery, Delivery.State.FAILED, **columns)
        note_failure(run, webhook)
    return None


def why_not(webhook: Webhook, secret: bytes | None) -> str:
    if not webhook.owner.is_active:
        return "The account is deactivated."
    if not webhook.enabled:
        return "The webhook is switched off."
    if secret is None:
        return "The desk’s SECRET_KEY has changed, so its secret is lost. Delete this webhook and add it again."
    return ""


def send(delivery: Delivery, secret: bytes, now: datetime) -> tuple[Result, dict[str, Any]]:
    """What came of it, and the columns that say so."""
    body = delivery.body.encode()
    headers = {"content-type": "application/json", "accept-encoding": "identity", "user-agent": user_agent()}
    signature = signing.headers_of(secret, delivery.name, int(now.timestamp()), body)
    result = call(delivery.webhook.address, headers | signature, body)
    return result, {
        "tried": now,
        "status": result.status,
        "took": round(result.seconds * 1000),
        "answer": storable(result.answer.decode(errors="replace")),
        "error": storable(result.error)[:500],
    }


def settle(delivery: Delivery, state: Delivery.State, **columns: Any) -> None:
    """Of one that has ended nothing changes: a worker that was overtaken may come here late."""
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING).update(state=state, **columns)


def note_failure(run: Run, webhook: Webhook) -> None:
    """One more in a row; with MOST_FAILURES it is switched off, and whoever switches it says so once."""
    Webhook.objects.filter(pk=webhook.pk).update(failures=F("failures") + 1)
    worn_out = Webhook.objects.filter(pk=webhook.pk, enabled=True, failures__gte=MOST_FAILURES)
    if worn_out.update(enabled=False, stopped=Now()):
        run.then(send_stopped, webhook=webhook.pk)


@deliver.ended
def note_end(row: Job) -> None:
    """What ended otherwise: it was cancelled, or the program failed."""
    if row.state != State.SUCCEEDED:
        waiting = Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING)
        waiting.update(state=Delivery.State.FAILED, error=(row.error or row.message)[:500])


@deliver.retried
def note_retry(row: Job) -> None:
    Delivery.objects.filter(pk=row.pk).update(state=Delivery.State.WAITING, tried=None, error="")


@job("webhooks.tell_stopped", title="Email about a webhook that was switched off", silent=True)
def send_stopped(run: Run, webhook: int) -> str:
    stopped = Webhook.objects.select_related("owner").filter(pk=webhook, enabled=False).first()
    if stopped is None:
        return "The webhook was deleted or switched on again, so no email was sent."
    person: Any = stopped.owner
    if not person.is_active or not person.email:
        return "The account is deactivated or has no address, so no email was sent."
    last = stopped.deliveries.filter(state=Delivery.State.FAILED).order_by("-created", "-id").first()
    context = {"user": person, "webhook": stopped, "last": last, "count": MOST_FAILURES}
    run.mail("emails/webhook_stopped", to=[person.email], context=context)
    return "Email sent."


def expired() -> QuerySet[Delivery]:
    old = Delivery.objects.filter(created__lt=Now() - timedelta(days=settings.WEBHOOKS_KEEP_DAYS))
    return old.exclude(state=Delivery.State.WAITING)


@job("webhooks.retention", title="Delete old deliveries of webhooks")
def remove_old_deliveries(run: Run) -> str:
    if not settings.WEBHOOKS_KEEP_DAYS:
        return "WEBHOOKS_KEEP_DAYS is 0, so all deliveries are kept."
    for rows in run.drain(expired().order_by("created", "id").defer("answer", "body"), size=STEP):
        with run.step() as tally:
            tally["removed"] += expired().filter(pk__in=[row.pk for row in rows]).delete()[0]
    return f"{{removed}} old deliver{'y' if run.tally['removed'] == 1 else 'ies'} deleted."
