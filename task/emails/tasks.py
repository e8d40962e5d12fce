"""What a worker does for emails: sends one to try, and removes old ones."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from task.emails.models import WIDE, Email, EmailQuerySet
from task.jobs import Now, Run, job

STEP = 500


@job("emails.test", title="Test email", silent=True, starts_within=600)
def send_test(run: Run) -> str:
    """To the job's owner, by the way that all emails go."""
    person: Any = get_user_model()._default_manager.filter(pk=run.job.owner_id).first()
    if person is None:
        return "The account was deleted, so no email was sent."
    if not person.email:
        return "The account has no email address, so no email was sent."
    run.mail("emails/test", to=[person.email], context={"user": person})
    return "Test email sent."


def expired() -> EmailQuerySet:
    old: EmailQuerySet = Email.objects.filter(created__lt=Now() - timedelta(days=settings.EMAILS_KEEP_DAYS))
    return old


@job("emails.retention", title="Delete old emails")
def remove_old_emails(run: Run) -> str:
    if not settings.EMAILS_KEEP_DAYS:
        return "EMAILS_KEEP_DAYS is 0, so all emails are kept."
    for emails in run.drain(expired().order_by("created", "id").defer(*WIDE), size=STEP):
        with run.step() as tally:
            tally["removed"] += expired().filter(pk__in=[email.pk for email in emails]).delete()[0]
    return f"{{removed}} old email{'s'[: run.tally['removed'] != 1]} deleted."
