"""No link that lets somebody in stands in the database, so nobody takes over an account by reading."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.template import Context, Template, TemplateSyntaxError

from task.accounts.invitations import Invitation
from task.accounts.models import PendingSignUp
from task.accounts.tasks import send_invitation, send_password_reset, send_sign_up
from task.emails.models import Email
from task.jobs.models import Job
from task.jobs.services.mail import LEFT_OUT, Secret
from task.jobs.testing import execute_all

pytestmark = pytest.mark.django_db


def reset_password() -> None:
    send_password_reset.delay(email="alice@example.org")


def sign_up() -> None:
    def rows(job: Job) -> None:
        PendingSignUp.objects.create(pk=job.pk, username="dora", email="dora@example.org", password="md5$x$y")

    send_sign_up.apply_async(rows=rows)


def invite() -> None:
    def rows(job: Job) -> None:
        Invitation.objects.create(pk=job.pk, email="dora@example.org")

    send_invitation.apply_async(rows=rows)


# Each kind of email with a link that lets somebody in: what asks for it, and how its link begins.
LINKS = [
    (reset_password, "http://testserver/accounts/reset/"),
    (sign_up, "http://testserver/accounts/signup/finish/"),
    (invite, "http://testserver/accounts/invitation/"),
]


def everything() -> str:
    """All that stands in the database, as one text."""
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts += [repr(row) for row in cursor.fetchall()]
    return "\n".join(texts)


@pytest.mark.parametrize(("ask", "begins"), LINKS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_email_has_the_link_and_the_database_has_it_nowhere(
    ask: Callable[[], None], begins: str, alice: Any
) -> None:
    ask()
    execute_all()
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    (link,) = set(re.findall(re.escape(begins) + r"[^\s\"<]+", message.body + html))
    assert link in message.body
    assert f'href="{link}"' in html
    token = re.split(r"[/:.]", link.rstrip("/"))[-1]  # behind what says whose it is, which may stand in a job
    kept = everything()
    assert message.subject in kept
    assert len(token) > 20
    assert token not in kept
    assert begins not in kept
    email = Email.objects.get()
    assert email.text == message.body.replace(link, LEFT_OUT)
    assert LEFT_OUT in email.html
    assert "href" not in email.html


def test_every_email_with_such_a_link_is_tried_here() -> None:
    """Such a link is called `link` in its template."""
    bodies = (Path(settings.BASE_DIR) / "templates/emails").glob("*.txt")
    assert len([body for body in bodies if re.search(r"\{\{ ?link\b", body.read_text())]) == len(LINKS)


def test_only_the_email_itself_gets_at_a_secret() -> None:
    secret = Secret("https://desk.example/token")
    template = Template("{{ link }} {{ link.value }} {{ link.left_out }} {{ link|urlize }} {{ a.b }}")
    said = template.render(Context({"link": secret, "a": {"b": secret}}))
    assert "token" not in said + str(secret) + repr(secret)
    assert said.count(LEFT_OUT) == 3
    with pytest.raises(TemplateSyntaxError):
        Template("{{ link._value }}")
