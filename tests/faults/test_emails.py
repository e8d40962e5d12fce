"""The jobs of emails through a real worker, and a worker that is killed while the mail server has its email."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from task.emails.models import Email
from task.emails.tasks import remove_old_emails, send_test
from task.jobs.models import Job
from tests.emails.making import email
from tests.faults.conftest import ended
from tests.processes import wait_until
from tests.services.smtp import MailServer

pytestmark = pytest.mark.broker


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def test_a_test_email_is_kept_as_the_server_took_it(start_worker: Any, server: MailServer, alice: Any) -> None:
    worker = start_worker(EMAIL_URL=server.url, TEST_EMAIL="smtp")
    job = ended(send_test.apply_async(owner=alice), worker)
    assert (job.state, job.message) == ("succeeded", "Test email sent.")
    (taken,) = server.taken
    kept = Email.objects.get()
    assert (kept.message_id, kept.to, kept.state) == (taken.name, taken.to[0], "sent")
    text = taken.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert kept.text.split() == text.split()


def test_a_worker_killed_before_the_server_said_yes_leaves_one_row_that_says_so(
    start_worker: Any, server: MailServer, alice: Any
) -> None:
    server.queue("TAKEN", delay=60)
    fast = {"TEST_JOBS_LEASE_SECONDS": "2", "TEST_JOBS_RENEW_SECONDS": "0.5", "TEST_JOBS_MAINTENANCE_SECONDS": "0.5"}
    mail = {"EMAIL_URL": server.url, "TEST_EMAIL": "smtp"}
    first = start_worker(**mail, **fast)
    job = send_test.apply_async(owner=alice)
    wait_until(lambda: server.taken, what=first.said)
    assert Email.objects.get().word == "being sent"
    first.kill()
    second = start_worker(**mail, **fast)
    assert ended(job, second).state == "succeeded"
    assert len(server.taken) == 2
    assert server.names[0] == server.names[1] == Email.objects.get().message_id
    assert Email.objects.get().word == "sent"


def test_old_emails_are_removed(start_worker: Any, alice: Any) -> None:
    email(alice, created=datetime(2020, 1, 1, tzinfo=UTC))
    email(alice)
    worker = start_worker()
    assert ended(remove_old_emails.delay(), worker).message == "1 old email deleted."
    assert Email.objects.count() == 1
    assert Job.objects.count() == 3
