"""Which row of django-celery-beat came of which declaration."""

from django.db import models
from django_celery_beat.models import PeriodicTask


class Declaration(models.Model):
    """A schedule that an app declares, by its key, and how it was worded when its row was written last."""

    key = models.CharField(max_length=200, primary_key=True)
    schedule = models.OneToOneField(PeriodicTask, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    words = models.TextField()

    def __str__(self) -> str:
        return self.key


class LateNotice(models.Model):
    """One row: when staff were last told that jobs wait for too long."""

    sent = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sent {self.sent}"
