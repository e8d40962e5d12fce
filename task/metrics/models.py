"""What has been counted of ended jobs."""

from typing import Any

from django.db import models

from task.jobs import Now


class Counted(models.Model):
    """One row: counters only grow, and jobs are deleted one day."""

    until = models.DateTimeField(db_default=Now(), help_text="Jobs that ended before then are in it.")
    kinds: Any = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"until {self.until}"
