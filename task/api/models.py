"""Tokens: by which programs are somebody."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from task.jobs import Now

PREFIX = "desk_"  # by which people, and scanners for leaked secrets, know what it is
NOTED = timedelta(minutes=1)  # how exact the last use is


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class TokenQuerySet(models.QuerySet["Token"]):
    def called(self, text: str) -> Self:
        return self.filter(digest=digest_of(text))

    def with_age(self) -> Self:
        """`is_noted`: the last use stands there nearly to the minute, and costs no write again."""
        return self.annotate(is_noted=Q(last_used__gte=Now() - NOTED))


class Token(models.Model):
    """Made once, shown once: what is kept is its SHA-256. 256 random bits need no slow hash.

    It ends with its owner's password, since it keeps what Django's sessions compare; with an account that is switched
    off; and one that was made for staff's rights ends with these.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    of_password = models.CharField(max_length=128, editable=False)
    as_staff = models.BooleanField(default=False)
    created = models.DateTimeField(db_default=Now(), editable=False)
    last_used = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, user: Any, name: str, *, as_staff: bool) -> tuple["Token", str]:
        """The row, and the text that nobody can read again."""
        text = PREFIX + secrets.token_urlsafe(32)
        rights = bool(as_staff and user.is_staff)
        token = cls.objects.create(
            user=user, name=name, digest=digest_of(text), of_password=user.get_session_auth_hash(), as_staff=rights
        )
        return token, text

    @property
    def is_over(self) -> bool:
        user: Any = self.user
        same = secrets.compare_digest(self.of_password, user.get_session_auth_hash())
        return not (user.is_active and same and (user.is_staff or not self.as_staff))


def keep_tokens(user: Any, before: str, after: str, **_: Any) -> None:
    """The same password by another hash ends no token, and revives none that had ended."""
    Token.objects.filter(user=user.pk, of_password=before).update(of_password=after)
