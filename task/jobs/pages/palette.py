"""What the palette finds of the jobs: those that the reader may see, as the jobs list's search finds them."""

from django.http import HttpRequest
from django.utils.html import format_html

from task.face.drawing.icons import icon
from task.face.drawing.times import when
from task.face.palette import Found, Row, found_of
from task.jobs.models import Job
from task.jobs.pages.search import search_jobs


def jobs(request: HttpRequest, text: str) -> Found:
    reader = request.user
    found = search_jobs(Job.objects.seen_by(reader), reader, text).jobs
    return found_of(found.newest_first().for_list(), lambda job: row_of(job, reader))


def row_of(job: Job, reader: object) -> Row:
    who = "" if job.owner == reader else f"by {job.owner}, " if job.owner else "automatic, "
    return Row(
        job.title,
        job.get_absolute_url(),
        detail=format_html("{}{}", who, when(job.created)),
        picture=icon("row"),
        state=job.get_state_display(),
    )
