"""Invitations, and whether anybody may sign up without one."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q

from task.accounts.identity import email_key
from task.jobs import Now
from task.kit.keys import KeyField

INVITED_FOR = timedelta(days=7)  # how long the link of an invitation works
SIGNER = Signer(sep=".", salt="accounts.invitation")
STATES = ("open", "used", "withdrawn", "expired")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        return self.filter(created__gt=Now() - INVITED_FOR, used_at=None, withdrawn_at=None)

    def ended_long_ago(self) -> "InvitationQuerySet":
        """Ended INVITATIONS_KEEP_DAYS ago: whatever became of one, it ends at most seven days after it came."""
        return self.filter(created__lt=Now() - INVITED_FOR - timedelta(days=settings.INVITATIONS_KEEP_DAYS))

    def of_token(self, token: str) -> "InvitationQuerySet":
        """The one whose link this is, unless it was used or withdrawn, or is too old."""
        try:
            return self.open().filter(pk=UUID(SIGNER.unsign(token)))
        except (BadSignature, ValueError):
            return self.none()

    def for_list(self) -> "InvitationQuerySet":
        """With the database's time beside each, and no password's hash."""
        people = [
            f"{who}__{name}" for who in ("invited_by", "user") for name in ("username", "first_name", "last_name")
        ]
        own = [field.attname for field in Invitation._meta.concrete_fields]
        return self.select_related("invited_by", "user").only(*own, *people).annotate(now=Now())


class Invitation(models.Model):
    """One address that may sign up by the link of its email: once, and for seven days."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="Of the job that sends the email.")
    email = models.EmailField("email address")
    email_key = KeyField(lambda invitation: email_key(invitation.email), max_length=254 * 3)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="invitations"
    )
    created = models.DateTimeField(db_default=Now(), db_index=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="invitation",
        editable=False,
        help_text="The account that was made of it.",
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = InvitationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["email_key", "created"], name="invitation_by_email")]

    def __str__(self) -> str:
        return self.email

    @property
    def token(self) -> str:
        """The same each time, so that an email that is sent twice has one link."""
        return SIGNER.sign(self.pk.hex)

    @property
    def expires(self) -> datetime:
        return self.created + INVITED_FOR

    @property
    def state(self) -> str:
        """By the database's clock, which `for_list` brings."""
        if self.used_at or self.withdrawn_at:
            return "used" if self.used_at else "withdrawn"
        return "expired" if self.expires <= self.now else "open"  # type: ignore[attr-defined]


class SignUp(models.Model):
    """Whether anybody may sign up, or invited people alone. One row at most: its key is always 1."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    is_open = models.BooleanField(default=True)
    changed = models.DateTimeField(db_default=Now(), editable=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "sign-up"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sign_up_is_one")]

    def __str__(self) -> str:
        return "open" if self.is_open else "by invitation"
