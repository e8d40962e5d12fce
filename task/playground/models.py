"""One run of a canvas: what was asked, and what its page needs to know once Celery has forgotten."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from task.jobs import Now


class PlaygroundRun(models.Model):
    """Saved before the first message is published, with the ids that Celery will know its tasks by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="playground_runs", db_index=False
    )
    canvas = models.CharField(max_length=20)
    inputs = models.JSONField(default=list)  # the numbers
    graph = models.JSONField(default=list)  # stages in order, each a list of nodes: see `graph`
    result = models.JSONField(null=True)  # what the task `store` was given
    unique_key = models.CharField(max_length=64, null=True, unique=True)
    created = models.DateTimeField(db_default=Now())
    published = models.DateTimeField(null=True)  # when the broker had taken the first messages
    ended = models.DateTimeField(null=True)  # when all of it had ended, or the broker took none of it
    outcome = models.CharField(max_length=20, default="")  # the one word for how it ended; `graph` holds the rest

    class Meta:
        indexes = [
            models.Index(fields=["created", "id"], name="playground_newest"),
            models.Index(fields=["owner", "created", "id"], name="playground_newest_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.canvas} of {', '.join(map(str, self.inputs))}"

    def get_absolute_url(self) -> str:
        return reverse("playground_run", args=[self.pk])

    @property
    def nodes(self) -> list[dict[str, Any]]:
        return [node for stage in self.graph for node in stage]


class FailedTry(models.Model):
    """A try of a task that failed and was to be tried again: Celery's record holds the last one alone."""

    run = models.ForeignKey(PlaygroundRun, on_delete=models.CASCADE, related_name="failed_tries", db_index=False)
    task_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()  # the first is 1
    sentence = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # A message may come twice
            models.UniqueConstraint(fields=["run", "task_id", "number"], name="playground_try_once")
        ]

    def __str__(self) -> str:
        return f"Try {self.number} of {self.task_id}"
