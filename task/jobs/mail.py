"""Emails of jobs: at least once, under a Message-ID by which the receiver's program drops a double."""

from contextlib import suppress
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from task.jobs.faults import Refused, Temporary
from task.jobs.guards import refuse_in_step
from task.jobs.models import Job


def send(job: Job, name: str, to: list[str], context: dict[str, Any]) -> None:
    """Render `name`.subject.txt, .txt and (if there is one) .html, and send it to `to`.

    Raises Temporary when the mail server does not take it now, Refused when it refuses the address.
    """
    refuse_in_step("send an email")
    site_url = getattr(settings, "SITE_URL", "http://localhost")
    context = {"site_url": site_url, "job": job, **context}
    domain = urlsplit(site_url).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{name}.subject.txt", context).split()),
        body=render_to_string(f"{name}.txt", context),
        to=to,
        headers={"Message-ID": f"<{job.pk}.{name.replace('/', '.')}@{domain}>"},
    )
    with suppress(TemplateDoesNotExist):
        message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    try:
        message.send()
    except SMTPRecipientsRefused as fault:
        if any(code < 500 for code, _ in fault.recipients.values()):  # greylisted: it wants to be asked again
            raise Temporary("The mail server asks us to come back with the message.") from fault
        raise Refused("The mail server refused the address. Please check how it is written.") from fault
    except (SMTPException, OSError) as fault:
        raise Temporary("The mail server could not take the message just now.") from fault
