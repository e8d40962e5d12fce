"""Emails of jobs: at least once, under a Message-ID by which the receiver's program drops a double."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import Context, Engine, TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string

from task.jobs.engine.errors import Fail, RetryLater, backoff
from task.jobs.engine.guards import refuse_in_step
from task.jobs.models import Job
from task.kit.zones import zone_named

# Five tries take forty minutes: one that puts off strangers wants them back in five or ten, and a server that is being
# looked after is away for as long.
GROWS = 8.0
LEFT_OUT = "link left out"


def message_id(job_id: UUID | str, name: str, to: Iterable[str], key: object = "") -> str:
    """The same for the same email, whenever it is sent; another one for another recipient, template or key."""
    digest = sha256(repr((name, sorted(to), str(key))).encode("utf-8", "replace")).hexdigest()[:24]
    words = ".".join(re.findall(r"[A-Za-z0-9_-]+", name))[-60:].strip(".")  # what any mail server takes
    try:
        domain = (urlsplit(_site_url()).hostname or "").encode("idna").decode()
    except UnicodeError:
        domain = ""
    domain = f"[IPv6:{domain}]" if ":" in domain else domain or "localhost"
    return f"<{job_id}.{words}.{digest}@{domain}>" if words else f"<{job_id}.{digest}@{domain}>"


def _site_url() -> str:
    return str(getattr(settings, "SITE_URL", "http://localhost"))


class Secret:
    """What lets somebody in, as a link with a token. The email that is sent has it, and nothing else does.

    `run.mail(…, context={"link": Secret(address)})`: the copy that is kept is rendered by the same templates, where it
    is "link left out"; so it is in a log or a traceback. Only a value of the context itself is ever sent, not one
    within another. In a template `{{ link.left_out }}` is true in the kept copy alone.
    """

    left_out = True

    def __init__(self, value: str) -> None:
        self._value = value  # out of reach for templates

    def __str__(self) -> str:
        return LEFT_OUT

    __repr__ = __str__


def _with_secrets(context: dict[str, Any]) -> dict[str, Any]:
    return {name: value._value if isinstance(value, Secret) else value for name, value in context.items()}


@dataclass(frozen=True)
class Outgoing:
    """An email as it may be kept: what lets somebody in is left out of it. `html` is "" where it has none."""

    job_id: UUID
    template: str
    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    reader: Any = None  # the key of the account that it is to, where the context has one as `user`


Keeper = Callable[[Outgoing], AbstractContextManager[None]]


def _keepers() -> Iterator[Keeper]:
    """What apps name in their AppConfig: `mail_keepers = ["task.emails.keeping.keep"]`.

    Each is entered before the mail server is asked. It is left once the server has the email, or by Fail or RetryLater
    when it has not; a process that dies meanwhile never leaves it.
    """
    for config in apps.get_app_configs():
        yield from map(import_string, getattr(config, "mail_keepers", ()))


@contextmanager
def _kept(job: Job, name: str, context: dict[str, Any], message: EmailMultiAlternatives) -> Iterator[None]:
    with ExitStack() as stack:
        if keepers := list(_keepers()):
            ids = job.pk, name, message.extra_headers["Message-ID"]
            reader = getattr(context.get("user"), "pk", None)
            outgoing = Outgoing(*ids, message.from_email, tuple(message.to), *render(name, context), reader)
            for keeper in keepers:
                stack.enter_context(keeper(outgoing))
        yield


def _plain(template: str, context: dict[str, Any]) -> str:
    """Without HTML's escapes, which whoever reads plain text would see, in any title with an apostrophe."""
    text: str = Engine.get_default().get_template(template).render(Context(context, autoescape=False))
    return text


def render(name: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    with timezone.override(zone_named(getattr(context.get("user"), "time_zone", ""))):
        subject = " ".join(_plain(f"{name}.subject.txt", context).split())
        text, html = _plain(f"{name}.txt", context), ""
        with suppress(TemplateDoesNotExist):
            html = render_to_string(f"{name}.html", context)
    return subject, text, html


def send(job: Job, name: str, to: list[str], context: dict[str, Any], key: object = "") -> None:
    """Render `name`.subject.txt, .txt and (if there is one) .html, and send it to `to`.

    Its times are of the zone of the `user` in its context, to whom it is, where that person has chosen one; else of the
    desk's.
    `key` tells two emails of one template to the same people in one job apart.
    Raises RetryLater when the mail server does not take it now, Fail when it never will.
    """
    refuse_in_step("send an email")
    context = {"site_url": _site_url(), "job": job, **context}
    subject, text, html = render(name, _with_secrets(context))
    headers = {"Message-ID": message_id(job.pk, name, to, key)}
    message = EmailMultiAlternatives(subject=subject, body=text, to=to, headers=headers)
    if html:
        message.attach_alternative(html, "text/html")
    with _kept(job, name, context, message):
        _hand_over(message, job)


def _hand_over(message: EmailMultiAlternatives, job: Job) -> None:
    message.connection = get_connection()
    try:
        message.connection.open()
        message.send()
    except (SMTPException, OSError) as fault:
        error = _error_of(fault)
        if isinstance(error, RetryLater):
            error.after = backoff(job.faults, grows=GROWS)
        raise error from fault
    finally:
        # What the server answers to a good-bye changes nothing: by then it has the message, or it has not.
        with suppress(SMTPException, OSError):
            message.connection.close()


def _error_of(fault: Exception) -> RetryLater | Fail:
    """What an answer of the mail server, or none, means for a job: 4xx is not now, 5xx is never."""
    if isinstance(fault, SMTPRecipientsRefused):
        if any(code < 500 for code, _ in fault.recipients.values()):  # greylisted: it wants to be asked again
            return RetryLater("The mail server asked us to try again later.")
        return Fail("The mail server refused the address. Check how it is spelled.")
    if isinstance(fault, SMTPSenderRefused | SMTPDataError):
        if fault.smtp_code < 500:
            return RetryLater("The mail server asked us to try again later.")
        ours = "our own address, which an administrator needs to correct"
        what = "the message" if isinstance(fault, SMTPDataError) else ours
        return Fail(f"The mail server refused {what}. It said: {_answer_text(fault.smtp_error)}")
    if isinstance(fault, SMTPServerDisconnected):
        return RetryLater("The mail server hung up before it confirmed the message.")
    if isinstance(fault, SMTPException):
        return RetryLater("The mail server is not taking messages right now.")
    return RetryLater("The mail server could not be reached.")


def _answer_text(answer: bytes | str) -> str:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(words.split())[:200]
