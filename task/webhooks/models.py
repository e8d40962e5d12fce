"""A webhook: an address that is called when a job of its owner ends; and each delivery, which is the log."""

import json
import secrets
from contextlib import suppress
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from task.jobs import Now
from task.jobs.models import Job, JobForeignKey
from task.webhooks import signing
from task.webhooks.addresses import LONGEST, parsed

MOST = 5  # webhooks of one person
MOST_FAILURES = 20  # in a row: then it is switched off


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(owner=user.pk)

    def seen_by(self, user: Any) -> Self:
        """Staff see all; others their own, so that a stranger's is a 404."""
        return self.all() if user.is_staff else self.owned_by(user)


class Webhook(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    slot = models.PositiveSmallIntegerField(editable=False, help_text="1 to MOST, each once for a person.")
    address = models.CharField(max_length=LONGEST)
    seed = models.CharField(max_length=64, editable=False, help_text="With SECRET_KEY it makes the secret.")
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the secret.")
    enabled = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="Deliveries that failed since one that did not.")
    stopped = models.DateTimeField(null=True, help_text="When it was switched off because of these.")
    rests_until = models.DateTimeField(null=True, help_text="It was away: no delivery calls it before then.")
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[Any] = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "slot"], name="webhook_of_owner"),
            models.CheckConstraint(condition=models.Q(slot__range=(1, MOST)), name="webhook_slot"),
        ]

    def __str__(self) -> str:
        return self.host

    def get_absolute_url(self) -> str:
        return reverse("webhook_detail", args=[self.pk])

    @property
    def host(self) -> str:
        """What titles and logs name: the rest of an address may be somebody's secret."""
        address = parsed(self.address)
        return address.host if address else "?"

    @classmethod
    def make(cls, owner: Any, address: str) -> tuple["Webhook", str] | None:
        """The row, and the secret as a text that nobody can read again. None where the person has MOST already."""
        seed = secrets.token_hex(32)
        secret = signing.secret_of(seed)
        for _ in range(MOST):  # another request may have had the slot
            free = set(range(1, MOST + 1)).difference(cls.objects.owned_by(owner).values_list("slot", flat=True))
            if not free:
                break
            row = cls(owner=owner, slot=min(free), address=address, seed=seed, digest=signing.digest_of(secret))
            with suppress(IntegrityError), transaction.atomic():
                row.save(force_insert=True)
                return row, signing.as_text(secret)
        return None

    def switch(self, *, on: bool) -> None:
        """From now on: what is on already keeps its failures."""
        others = Webhook.objects.filter(pk=self.pk, enabled=not on)
        others.update(enabled=on, **({"failures": 0, "stopped": None, "rests_until": None} if on else {}))


class Delivery(models.Model):
    """One delivery, and the job that makes it: they have one id. Each of its tries sends the same id and body."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DELIVERED = "delivered", "delivered"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, editable=False, help_text="Of the job that delivers.")
    # Without a constraint: a webhook that is deleted while a job ends must not fail that job.
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False, db_constraint=False
    )
    message = models.UUIDField(editable=False, help_text="Of the first delivery of this: what was sent again keeps it.")
    about = JobForeignKey(db_index=False, help_text="The job that ended.")
    body = models.TextField(help_text="JSON, as it is sent.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    status = models.PositiveSmallIntegerField(null=True, help_text="What the last try was answered.")
    took = models.PositiveIntegerField(null=True, help_text="Milliseconds of the last try.")
    answer = models.TextField(blank=True, help_text="The beginning of the answer.")
    error = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)
    tried = models.DateTimeField(null=True, help_text="When it was sent last.")

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["webhook", "created", "id"], name="delivery_newest"),
            models.Index(fields=["created", "id"], name="delivery_oldest"),
            models.Index(fields=["message", "state"], name="delivery_of_message"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def name(self) -> str:
        """The header `webhook-id`."""
        return f"msg_{self.message.hex}"

    @property
    def title(self) -> str:
        """Of the job that ended, which may be gone."""
        return str(json.loads(self.body)["title"])

    @property
    def word(self) -> str:
        waits = self.state == self.State.WAITING
        return "trying again" if waits and self.tried else str(self.State(self.state).label)


def body_of(job: Job) -> str:
    """What is told of a job that has ended."""
    names = ("created", "started", "finished")
    times = zip(names, Job.objects.values_list(*names).get(pk=job.pk), strict=True)
    facts = {"id": str(job.pk), "kind": job.kind, "title": job.title, "state": str(job.state)}
    moments = {name: at.isoformat().replace("+00:00", "Z") if at else None for name, at in times}
    return json.dumps(facts | moments)
