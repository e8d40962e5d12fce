"""What a job that generates random users made: the first of them."""

from typing import Any

from django.http import HttpRequest

from task.accounts.models import User, UserBatch
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]
SHOWN = 5


def users_of(request: HttpRequest, job: Job) -> Panel | None:
    batch = UserBatch.objects.filter(job=job.pk).only("made").first()
    if batch is None:
        return None
    users = User.objects.filter(batch=batch.pk).only("first_name", "last_name", "username", "email").order_by("id")
    people = list(users[:SHOWN])
    return ("accounts/_made.html", {"batch": batch, "people": people}) if people else None
