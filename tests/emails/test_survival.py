"""Each kind of job of this feature, and an email with a secret, is killed before each of its statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from task.emails import tasks
from task.emails.models import Email
from task.emails.tasks import remove_old_emails, send_test
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from tests.emails.making import email

pytestmark = pytest.mark.django_db(transaction=True)


def old(count: int, days: int = 31) -> None:
    at = timezone.now() - timedelta(days=days)
    for _ in range(count):
        email(created=at)


def test_the_test_email_survives(charlie: Any) -> None:
    assert assert_survives(send_test, owner=charlie) >= 8


def test_the_removal_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STEP", 2)
    old(3)
    email()
    assert assert_survives(remove_old_emails) >= 8


def removed() -> Job:
    job = remove_old_emails.delay()
    execute_all()
    job.refresh_from_db()
    return job


def test_emails_stay_for_30_days_and_their_jobs_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STEP", 3)
    old(7)
    old(1, days=29)
    job = removed()
    assert (job.message, job.done) == ("7 old emails deleted.", 7)
    assert Email.objects.count() == 1
    assert Job.objects.exclude(pk=job.pk).count() == 8


def test_nought_days_keep_emails_for_ever(settings: Any) -> None:
    settings.EMAILS_KEEP_DAYS = 0
    old(1, days=4000)
    assert removed().message == "EMAILS_KEEP_DAYS is 0, so all emails are kept."
    assert Email.objects.count() == 1


@pytest.mark.parametrize(("address", "words"), [("", "no email address"), (None, "account was deleted")])
def test_nobody_to_write_to_is_a_sentence(charlie: Any, address: str | None, words: str) -> None:
    job = send_test.apply_async(owner=charlie if address is not None else None)
    type(charlie).objects.filter(pk=charlie.pk).update(email=address or "")
    execute_all()
    job.refresh_from_db()
    assert words in job.message
    assert not Email.objects.exists()
