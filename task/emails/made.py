"""What emails bring to a job's page."""

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
