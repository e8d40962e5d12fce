"""Emails as a desk keeps them, for tests that need some."""

from itertools import count
from typing import Any
from uuid import uuid4

from django.utils import timezone

from task.emails.models import Email, key_of
from task.jobs.models import Job

NUMBERS = count(1)
HTML = "<!doctype html><html lang='en'><head><title>Hi</title></head><body><p>Hello</p></body></html>"


def job_of(owner: Any, **columns: Any) -> Job:
    return Job.objects.create(**{"kind": "emails.test", "title": "Test email", "owner": owner, **columns})


def email(owner: Any = None, job: Job | None = None, **columns: Any) -> Email:
    """One that was sent to `owner` by a job of theirs."""
    job = job or job_of(owner, state="succeeded", finished=timezone.now())
    kept = {
        "to": owner.email if owner else "reader@example.org",
        "sender": "The desk <desk@localhost>",
        "message_id": f"<{next(NUMBERS)}.{uuid4()}@x>",
        "template": "emails/test",
        "subject": "Hello",
        "text": "Hello\n\nIn plain text.",
        "html": HTML,
        "state": "sent",
        "created": timezone.now(),
        "sent": timezone.now(),
    }
    kept = {**kept, **columns}
    return Email.objects.create(pk=key_of(kept["message_id"]), job=job, **kept)
