"""An email as it left the desk, kept for EMAILS_KEEP_DAYS."""

from typing import Any, ClassVar, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import models
from django.db.models import Q
from django.urls import reverse

from task.jobs import Now
from task.jobs.models import JobForeignKey, unlisted
from task.kit.keys import KeyField, fold, fold_name

KEY_LENGTH = 200
WIDE = ("text", "html")


def key_of(message_id: str) -> UUID:
    """The row's own: whoever keeps this email, in whatever order, has the same one."""
    return uuid5(NAMESPACE_URL, f"mid:{message_id}")


class EmailQuerySet(models.QuerySet["Email"]):
    def seen_by(self, user: Any) -> Self:
        """Staff see all; others what went to their own address: for a job of theirs, or of somebody who wrote to them.

        So a stranger's email is a 404, and so is what came for the account that had an address before.
        """
        if user.is_staff:
            return self.all()
        if not user.pk or not user.email:
            return self.none()
        own = Q(job__owner=user.pk) | Q(reader=user.pk, job__owner__isnull=False)
        return self.filter(own, to_key=fold(user.email)[:KEY_LENGTH])

    def newest_first(self) -> Self:
        return self.order_by("-created", "-id")

    def for_list(self) -> Self:
        return self.select_related("job").defer(*WIDE, *unlisted("job"))


class Email(models.Model):
    """One row an email, however often it was tried: all tries have one Message-ID.

    What lets somebody in never stands here (`task.jobs.services.mail.Secret`).
    """

    class State(models.TextChoices):
        SENDING = "sending", "being sent"  # the mail server was asked, and nothing is known of its answer
        SENT = "sent", "sent"  # the mail server took it
        FAILED = "failed", "not sent"  # the last try failed; its job may try again

    id = models.UUIDField(primary_key=True, editable=False, help_text="Made of the Message-ID.")
    job = JobForeignKey(editable=False)
    message_id = models.CharField("Message-ID", max_length=255)
    template = models.CharField(max_length=200)
    sender = models.CharField("from", max_length=500)
    to = models.TextField(help_text="Addresses, with a comma between two.")
    reader = models.BigIntegerField(null=True, editable=False, help_text="The key of the account that it is to.")
    to_key = KeyField(lambda row: fold(row.to), max_length=KEY_LENGTH)
    subject = models.TextField()
    subject_key = KeyField(lambda row: fold_name(row.subject), max_length=KEY_LENGTH)
    text = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was not sent.")
    created = models.DateTimeField(db_default=Now(), editable=False, help_text="Its age counts from then.")
    sent = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = EmailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["created", "id"], name="email_newest"),
            models.Index(fields=["state", "created", "id"], name="email_newest_in_state"),
            models.Index(fields=["to_key", "created", "id"], name="email_newest_to"),
            models.Index(fields=["subject_key", "created", "id"], name="email_newest_on"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("email_detail", args=[self.pk])

    @property
    def is_tried(self) -> bool:
        """Whether its job may still send it."""
        return self.state != self.State.SENT and self.job is not None and self.job.is_active

    @property
    def word(self) -> str:
        """Of its state. What a job left behind that ended in the middle of sending may have arrived, or not."""
        if self.state == self.State.SENDING and not self.is_tried:
            return "not confirmed"
        return str(self.State(self.state).label)
