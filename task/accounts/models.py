from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import Signal

import task.accounts.invitations  # noqa: F401  the models of who is invited
from task.accounts.identity import email_key, plain_email, username_key
from task.accounts.words import INDEX, index
from task.jobs import Now
from task.jobs.models import JobForeignKey
from task.kit import zones
from task.kit.keys import KeyField, fold_name
from task.kit.search.query import Query

password_rehashed = Signal()  # user, before, after: the same password, by another hash
OPEN_FOR = timedelta(hours=24)  # how long the link of a sign-up works
SIGNER = Signer(sep=".", salt="accounts.sign_up")

# The columns that the key columns are made of.
NAMED = frozenset({"email", "username", "first_name", "last_name"})


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        if NAMED.isdisjoint(values):
            return super().update(**values)
        with transaction.atomic():
            people = list(self.random(False).order_by("pk").values_list("pk", flat=True))
            count = self._update_named(values)
            index(self.model._default_manager.filter(pk__in=people))
        return count

    def _update_named(self, values: dict[str, Any]) -> int:
        # `update` does not pass through `pre_save`, and a key that lies lets one address in twice.
        for name, key_of in (("email", email_key), ("username", username_key)):
            if isinstance(values.get(name), str):
                values[f"{name}_key"] = key_of(values[name])
        return super().update(**values)

    def random(self, is_random: bool = True) -> "UserQuerySet":
        # Not `filter(is_random=True)`: Django writes that as a bare `is_random`, and SQLite then uses no index.
        return self.filter(is_random__in=[is_random])

    def with_email(self, email: str) -> "UserQuerySet":
        return self.filter(email_key=email_key(email))

    def with_username(self, username: str) -> "UserQuerySet":
        return self.filter(username_key=username_key(username))


class UserManager(DjangoUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's manager, but an account is known by its email, in any case."""

    use_in_migrations = False

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """What Django's own makes of it after a form's checks is what our forms check."""
        return plain_email(email or "")

    def named(self, query: Query, most: int) -> tuple[list[int], bool]:
        """The keys of people who are found by their names or address, and whether there are more."""
        rows, more = INDEX.matching(query, most)
        keys = [key for (key,) in rows]
        return list(self.filter(pk__in=keys).values_list("pk", flat=True)) if keys else [], more

    def get_by_natural_key(self, username: str | None) -> "User":
        found: User = self.get(email_key=email_key(username or ""))
        return found

    def _named(self, email: str | None, username: str | None) -> tuple[str, str]:
        if not email:
            raise ValueError("An account needs an email address.")
        email = self.normalize_email(email)
        return email, username or email.partition("@")[0]

    def create_user(
        self,
        username: str | None = None,
        email: str | None = None,
        password: str | None = None,
        **fields: Any,
    ) -> "User":
        email, username = self._named(email, username)
        user: User = super().create_user(username, email, password, **fields)
        return user

    def create_superuser(
        self,
        username: str | None = None,
        email: str | None = None,
        password: str | None = None,
        **fields: Any,
    ) -> "User":
        email, username = self._named(email, username)
        if self.with_email(email).exists() or self.with_username(username).exists():
            raise ValidationError("An account already has this email address or username.")
        user: User = super().create_superuser(username, email, password, **fields)
        return user


class UserBatch(models.Model):
    """The random users that one job makes. Its password hash is here so that no job carries it."""

    job = JobForeignKey(unique=True, editable=False, help_text="The job that makes its users.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="batches")
    total = models.PositiveIntegerField()
    made = models.PositiveIntegerField(default=0)
    password = models.CharField(max_length=128, blank=True, help_text="The hash of the shared password.")
    created = models.DateTimeField(auto_now_add=True)
    deleting = JobForeignKey(
        null=True, blank=True, db_column="deleting", db_index=False, help_text="The job that deletes its users."
    )
    deleted = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "batch of random users"
        verbose_name_plural = "batches of random users"

    def __str__(self) -> str:
        return f"Batch {self.pk}: {self.total:,} random users"

    @property
    def is_being_made(self) -> bool:
        return self.job is not None and self.job.is_active

    @property
    def is_being_deleted(self) -> bool:
        """Once its users are gone it is deleted. Its job may be gone, or have failed and wait for a retry."""
        return self.deleting_id is not None and self.deleted is None


class User(AbstractUser):
    """A person, or a random user. The email signs in.

    The two unique keys stand for `email` and `username` in any letters; no other index holds those columns.
    """

    username = models.CharField(
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text="Up to 150 letters, digits and @ . + - _, without spaces.",
        error_messages={"invalid": "Use only letters, digits and @ . + - _. Spaces are not allowed."},
    )
    email = models.EmailField("email address")
    time_zone = models.CharField(
        max_length=zones.MOST,
        choices=zones.choices,
        default="",
        blank=True,
        help_text="For the times on your pages and in your emails.",
    )
    is_random = models.BooleanField("random user", default=False, editable=False)
    batch = models.ForeignKey(
        UserBatch,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        db_index=False,
        related_name="users",
    )

    email_key = KeyField(lambda user: email_key(user.email), max_length=254 * 3)
    username_key = KeyField(lambda user: username_key(user.username), max_length=150 * 3)
    name_key = KeyField(lambda user: fold_name(user.get_full_name() or user.username), max_length=301)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        abstract = False
        constraints = [
            # Not `unique=True`: PostgreSQL would get a second index of each for LIKE, which "C" makes needless.
            models.UniqueConstraint(fields=["email_key"], name="user_email"),
            models.UniqueConstraint(fields=["username_key"], name="user_username"),
        ]
        indexes = [
            # One a sort of the users list: for everyone (the unique keys do the rest), and for random users.
            models.Index(fields=["name_key", "id"], name="user_by_name"),
            models.Index(fields=["is_random", "id"], name="user_random"),
            models.Index(fields=["is_random", "name_key", "id"], name="user_random_by_name"),
            models.Index(fields=["is_random", "username_key"], name="user_random_by_username"),
            models.Index(fields=["is_random", "email_key"], name="user_random_by_email"),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="user_by_batch"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def check_password(self, raw_password: str | None) -> bool:
        """Django hashes a password anew where its hash has become old: whoever keeps what sessions compare is told."""
        before = self.get_session_auth_hash()
        is_right = super().check_password(raw_password)
        if before != (after := self.get_session_auth_hash()):
            password_rehashed.send(User, user=self, before=before, after=after)
        return is_right

    @property
    def email_parts(self) -> tuple[str, str]:
        """What stands before the @, and the rest: where a narrow page may break it."""
        name, at, domain = self.email.partition("@")
        return name, at + domain

    def save(self, *args: Any, **options: Any) -> None:
        named = options.get("update_fields")
        if named is not None and NAMED.isdisjoint(named):
            super().save(*args, **options)
            return
        if named is not None:
            options["update_fields"] = {*named, "email_key", "username_key", "name_key"}
        with transaction.atomic():
            super().save(*args, **options)
            if not self.is_random:
                index([self])


class PendingSignUpQuerySet(models.QuerySet["PendingSignUp"]):
    def open(self) -> "PendingSignUpQuerySet":
        return self.filter(created__gt=Now() - OPEN_FOR)

    def expired(self) -> "PendingSignUpQuerySet":
        return self.filter(created__lte=Now() - OPEN_FOR)

    def of_token(self, token: str) -> "PendingSignUpQuerySet":
        """The one whose link this is, unless it was used or is too old."""
        try:
            return self.open().filter(pk=UUID(SIGNER.unsign(token)))
        except (BadSignature, ValueError):
            return self.none()


class PendingSignUp(models.Model):
    """What somebody typed at sign-up, until the link of the email makes an account of it; or until it expires.

    The row goes in the transaction in which its account comes, so that a link works once.
    """

    id = models.UUIDField(primary_key=True, editable=False, help_text="Of the job that sends the email.")
    username = models.CharField(max_length=150)
    email = models.EmailField("email address")
    password = models.CharField(max_length=128, help_text="The hash.")
    created = models.DateTimeField(db_default=Now(), db_index=True, editable=False)

    objects: ClassVar[Any] = PendingSignUpQuerySet.as_manager()

    class Meta:
        verbose_name = "unfinished sign-up"

    def __str__(self) -> str:
        return self.email

    @property
    def token(self) -> str:
        """The same each time, so that an email that is sent twice has one link."""
        return SIGNER.sign(self.pk.hex)


class FirstAccount(models.Model):
    """Who became administrator of a local desk. One row, ever: its key is always 1."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "first account (the administrator)"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="first_account_is_one")]

    def __str__(self) -> str:
        return f"First account: {self.user}"
