"""What emails bring to a job's page, and to those that tell of its email."""

from typing import Any

from django.http import HttpRequest

from task.emails.models import WIDE, Email
from task.emails.views import shown
from task.jobs.models import Job

LISTED = 20


def email_of(request: HttpRequest, job: Job) -> tuple[str, dict[str, Any]] | None:
    """The email of a job that has ended, for its reader and for staff; of several their subjects.

    While the job is active the page draws this anew each second, and with it the frame that somebody reads in.
    """
    if job.is_active:
        return None
    emails = list(Email.objects.seen_by(request.user).filter(job=job).defer(*WIDE).newest_first()[:LISTED])
    if not emails:
        return None
    if len(emails) > 1:
        return "emails/pages/_several.html", {"emails": emails}
    return "emails/pages/_made.html", shown(request, Email.objects.get(pk=emails[0].pk))


def link_of(request: HttpRequest, job: Job) -> tuple[str, dict[str, Any]] | None:
    """Its last email as a link, for its reader and for staff: for a page that tells of it."""
    email = Email.objects.seen_by(request.user).filter(job=job.pk).defer(*WIDE).newest_first().first()
    return ("emails/pages/_link.html", {"email": email}) if email else None
