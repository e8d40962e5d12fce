"""What a job made, and which jobs made a thing.

The jobs know no feature: each brings what its kinds make to the job's page, in its AppConfig.

    Panel("books.made", "task.books.made.books_of", on="job made", kinds=("books.look_up",))

`kinds=("*",)` is every kind, also those of apps that the panel's own does not know. The function gets the request and
the job, which this person may see, and returns (template, context), or None as long as there is nothing. The template
extends "jobs/_made.html" and fills its blocks `made` and `aside` (beside the heading). The context has `job`, and
`heading`: the page's for the first of several panels, "" for those behind it, whose block `heading` says what they are.
While the job is active the page fetches them anew every second.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from task.face.panels import declared
from task.jobs.models import Job, JobQuerySet

PLACE = "job made"


def parts_made(request: HttpRequest, job: Job) -> list[SafeString]:
    """The HTML of each panel that has something of this job to show."""
    heading = "Made so far" if job.is_active else "What it made"
    parts: list[SafeString] = []
    for panel in declared():
        if panel.on == PLACE and {job.kind, "*"} & {*panel.kinds}:
            frame = {"job": job, "heading": "" if parts else heading, "panel": panel.key}
            html = panel.render(request, job, **frame)
            if html is not None:
                parts.append(html)
    return parts


def jobs_of(user: Any, *ids: Any) -> JobQuerySet:
    """Of these jobs those that this person may see, the oldest first: for the section Jobs of a page (_jobs.html)."""
    jobs: JobQuerySet = Job.objects.seen_by(user).filter(pk__in=[each for each in ids if each]).for_list()
    return jobs.order_by("created", "id")
