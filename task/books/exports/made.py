"""What an export's job made: the file."""

from typing import Any

from django.http import HttpRequest

from task.books.exports.models import Export
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]


def export_of(request: HttpRequest, job: Job) -> Panel | None:
    export = Export.objects.seen_by(request.user).filter(job=job.pk).first()
    return ("exports/_made.html", {"export": export}) if export else None
