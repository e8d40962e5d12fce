"""What staff did to names, what of it can be taken back, and which names are two."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from task.books.models.names import NAME_LENGTH
from task.jobs import Now
from task.jobs.models import JobForeignKey

KEPT_FOR = timedelta(days=30)  # what a merge has moved


class Target(models.TextChoices):
    AUTHOR = "author", "author"
    PERSON = "person", "person"
    SUBJECT = "subject", "subject"


class NameChange(models.Model):
    """A merge, or a new name: who wanted it, and the job that does it. It stays in the history of the name."""

    class Kind(models.TextChoices):
        MERGED = "merged", "merged"
        RENAMED = "renamed", "renamed"

    target = models.CharField(max_length=10, choices=Target.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.PositiveBigIntegerField(help_text="The id of the one that remains, or that got the new name.")
    other = models.PositiveBigIntegerField(null=True, help_text="The id of the one that was merged into it.")
    was = models.CharField(max_length=NAME_LENGTH, help_text="The name that went.")
    now = models.CharField(max_length=NAME_LENGTH, help_text="The name that stayed, or came.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    job = JobForeignKey(db_index=False, help_text="The job that does it.")
    done = models.DateTimeField(null=True)
    moved = models.PositiveIntegerField(default=0, help_text="Books that had the other alone.")
    doubles = models.PositiveIntegerField(default=0, help_text="Books that had both.")
    aliases: "models.JSONField[Any, Any]" = models.JSONField(
        null=True, default=None, help_text="Ids of the aliases that the other one had. None until it became one itself."
    )
    undo_job = JobForeignKey(null=True, db_index=False, help_text="The job that takes it back.")
    undone = models.DateTimeField(null=True)
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["target", "name", "id"], name="changes_of_name"),
            models.Index(fields=["target", "other", "id"], name="changes_of_other"),
            models.Index(fields=["created", "id"], name="name_change_by_age"),
        ]

    def __str__(self) -> str:
        return f"“{self.was}” to “{self.now}”"

    @property
    def is_merge(self) -> bool:
        return self.kind == self.Kind.MERGED

    @property
    def state(self) -> str:
        if self.is_working:
            return "working"
        return "undone" if self.undone else "done" if self.done else "stopped"

    @property
    def is_working(self) -> bool:
        return any(job is not None and job.is_active for job in (self.job, self.undo_job))

    @property
    def until(self) -> Any:
        """Until when a merge can be taken back."""
        return self.created + KEPT_FOR

    @property
    def is_kept(self) -> bool:
        """Whether what a merge moved is still known."""
        return bool(self.until > timezone.now())


class MovedLink(models.Model):
    """A book's link to the name that was merged: it leads to the one that remains, or is gone where both were there."""

    change = models.ForeignKey(NameChange, on_delete=models.CASCADE, related_name="links", db_index=False)
    book = models.PositiveBigIntegerField()
    is_double = models.BooleanField(default=False)
    source = models.CharField(max_length=30, blank=True)
    position = models.PositiveSmallIntegerField(null=True, help_text="Of an author.")
    before = models.PositiveSmallIntegerField(
        null=True, help_text="Of a double: where the one that remains stood in the book."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "book"], name="moved_link_once")]

    def __str__(self) -> str:
        return f"{self.change_id}, {self.book}"


class NoDouble(models.Model):
    """Two names that look alike, of which somebody said that they are two."""

    target = models.CharField(max_length=10, choices=Target.choices)
    one = models.PositiveBigIntegerField()  # the smaller id
    other = models.PositiveBigIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar[Any] = [models.UniqueConstraint(fields=["target", "one", "other"], name="no_double_once")]

    def __str__(self) -> str:
        return f"{self.target} {self.one}, {self.other}"
