"""How an email is kept: a row before the mail server is asked, and its answer afterwards.

What is left when the process dies: before the row, nothing, and the job's next turn sends the email; behind it, a row
that says "being sent", which the next turn finds by the Message-ID. "Sent" stands there only once the server has the
email, and stays, whatever a second try of the same email meets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from task.emails.models import KEY_LENGTH, Email, EmailQuerySet, key_of
from task.jobs import Fail, Now, RetryLater, reservation
from task.jobs.models import storable
from task.jobs.services.mail import Outgoing
from task.kit.keys import fold_name


@contextmanager
def keep(outgoing: Outgoing) -> Iterator[None]:
    record(outgoing)
    try:
        yield
    except (Fail, RetryLater) as fault:
        update(outgoing, state=Email.State.FAILED, reason=storable(str(fault))[:500])
        raise
    update(outgoing, state=Email.State.SENT, sent=Now(), reason="")


def record(outgoing: Outgoing) -> None:
    subject = storable(outgoing.subject)
    words = {
        "sender": storable(outgoing.sender)[:500],
        "subject": subject,
        "subject_key": fold_name(subject)[:KEY_LENGTH],
        "text": storable(outgoing.text),
        "html": storable(outgoing.html),
    }
    to, template = storable(", ".join(outgoing.to)), outgoing.template[:200]
    names = {
        "id": key_of(outgoing.message_id),
        "message_id": outgoing.message_id,
        "job_id": outgoing.job_id,
        "reader": outgoing.reader,
    }
    email = Email(**names, template=template, to=to, **words)
    with reservation():
        if not Email.objects.filter(pk=email.pk).exists():
            Email.objects.bulk_create(
                [email], ignore_conflicts=True
            )  # unless another worker had the job, and is quicker
        else:
            unsent(outgoing).update(state=Email.State.SENDING, reason="", **words)


def unsent(outgoing: Outgoing) -> EmailQuerySet:
    rows: EmailQuerySet = Email.objects.filter(pk=key_of(outgoing.message_id)).exclude(state=Email.State.SENT)
    return rows


def update(outgoing: Outgoing, **columns: Any) -> None:
    with reservation():
        unsent(outgoing).update(**columns)
