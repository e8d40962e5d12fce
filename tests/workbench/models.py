from django.db import models

from task.jobs.models import JobForeignKey


class Thing(models.Model):
    name = models.CharField(max_length=50, unique=True)
    batch = models.IntegerField(default=0, db_index=True)
    waits = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """What two jobs made; both may go."""

    job = JobForeignKey(unique=True)
    other = JobForeignKey(null=True, blank=True, db_column="other", db_index=False)

    def __str__(self) -> str:
        return f"Receipt {self.pk}"
