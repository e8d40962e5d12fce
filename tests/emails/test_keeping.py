"""What the desk keeps of an email: what was sent, in one row, which says no more than is known."""

from typing import Any

import pytest
from django.apps import apps
from django.core import mail

from task.emails.keeping import keep
from task.emails.models import Email
from task.emails.tasks import send_test
from task.jobs import cancel
from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.services.mail import Outgoing
from task.jobs.testing import Killed, execute_all, take_over
from tests.services.smtp import MailServer
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def sent_by(owner: Any) -> Job:
    job = send_test.apply_async(owner=owner)
    execute_all()
    job.refresh_from_db()
    return job


def test_an_email_is_kept_as_it_was_sent(alice: Any) -> None:
    job = sent_by(alice)
    (message,) = mail.outbox
    email = Email.objects.get()
    assert (email.to, email.sender, email.subject) == (alice.email, message.from_email, message.subject)
    assert (email.text, email.html) == (message.body, message.alternatives[0][0])
    assert (email.job, email.message_id, email.template) == (
        job,
        message.extra_headers["Message-ID"],
        "emails/test",
    )
    assert (email.state, email.reason) == ("sent", "")
    assert email.created <= email.sent


def test_one_without_html_is_kept_without(alice: Any) -> None:
    tasks.write_to.delay(address="reader@example.com")
    execute_all()
    assert Email.objects.get().html == ""


def test_a_second_try_of_the_same_email_is_one_row(server: MailServer, alice: Any) -> None:
    server.queue("TAKEN", drops=True)  # it has the email, and did not say so
    job = sent_by(alice)
    assert (job.state, len(server.taken)) == ("succeeded", 2)
    assert (Email.objects.get().state, Email.objects.get().reason) == ("sent", "")


def test_one_that_the_server_puts_off_says_so_until_it_is_sent(server: MailServer, alice: Any) -> None:
    server.queue("RCPT", says="450 4.2.0 Greylisted")
    job = send_test.apply_async(owner=alice)
    execute(job.pk)
    email = Email.objects.select_related("job").get()
    assert (email.word, email.reason) == ("not sent", "The mail server asked us to try again later.")
    assert email.is_tried
    execute_all()
    assert (Email.objects.get().word, Email.objects.get().reason) == ("sent", "")


def test_one_that_is_refused_says_why(server: MailServer, alice: Any) -> None:
    server.queue("RCPT", says="550 5.1.1 No such user")
    job = sent_by(alice)
    email = Email.objects.get()
    assert (email.state, email.reason, email.sent) == ("failed", job.error, None)
    assert not email.is_tried


def test_what_a_second_try_meets_takes_nothing_from_one_that_was_sent(alice: Any) -> None:
    job = sent_by(alice)
    before = Email.objects.values().get()
    outgoing = Outgoing(job.pk, "emails/test", before["message_id"], "x", ("y",), "Other", "Other", "")
    with pytest.raises(RuntimeError), keep(outgoing):
        raise RuntimeError
    assert Email.objects.values().get() == before


def die(*args: Any, **options: Any) -> None:
    raise Killed


def test_a_process_that_dies_while_it_sends_leaves_a_row_that_its_successor_finds(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send_test.apply_async(owner=alice)
    with monkeypatch.context() as dying:
        dying.setattr("django.core.mail.EmailMultiAlternatives.send", die)
        with pytest.raises(Killed):
            execute(job.pk)
    assert (Email.objects.get().word, Email.objects.get().sent) == ("being sent", None)
    take_over()
    assert Email.objects.get().word == "sent"
    assert len(mail.outbox) == 1


def test_one_whose_job_ended_meanwhile_says_that_nobody_knows(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = send_test.apply_async(owner=alice)
    with monkeypatch.context() as dying:
        dying.setattr("django.core.mail.EmailMultiAlternatives.send", die)
        with pytest.raises(Killed):
            execute(job.pk)
    job.refresh_from_db()
    cancel(job)
    take_over()
    assert (Job.objects.get().state, Email.objects.get().word, mail.outbox) == ("cancelled", "not confirmed", [])


def test_what_no_database_takes_is_kept_without_it(alice: Any) -> None:
    job = sent_by(alice)
    odd = "a\0b\udce9"
    with keep(Outgoing(job.pk, odd[:1], "<odd@x>", odd, (odd, "b@x"), odd, odd, odd)):
        pass
    email = Email.objects.get(message_id="<odd@x>")
    assert (email.to, email.subject, email.text, email.html) == ("ab?, b@x", "ab?", "ab?", "ab?")


def test_without_the_app_emails_are_sent_and_nothing_is_kept(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("emails"), "mail_keepers", [])
    assert sent_by(alice).state == "succeeded"
    assert len(mail.outbox) == 1
    assert not Email.objects.exists()
