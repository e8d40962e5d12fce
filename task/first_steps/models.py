from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class ProgressQuerySet(models.QuerySet["Progress"]):
    def note(self, user: Any, **columns: Any) -> None:
        """Set these columns of the person's row, which may not be there yet: one statement."""
        row = Progress(user_id=user.pk, **columns)
        self.bulk_create([row], update_conflicts=True, unique_fields=["user"], update_fields=list(columns))


class Progress(models.Model):
    """What no other row says of a person's first steps."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")
    job_seen_at = models.DateTimeField(null=True, help_text="When the page of a job of theirs was first open.")
    dismissed_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "progress"

    def __str__(self) -> str:
        return f"First steps of {self.user}"
