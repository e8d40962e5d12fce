"""What a crawl and the job after it made: the report."""

from typing import Any

from django.http import HttpRequest

from task.jobs.models import Job
from task.reports.models import Repository
from task.reports.views import reports_of

Panel = tuple[str, dict[str, Any]]


def report_of(request: HttpRequest, job: Job) -> Panel | None:
    """The crawl ends before the file is built: until then the piece goes on by itself."""
    reports = reports_of(request.user)
    if job.kind == "reports.crawl":
        report = reports.filter(crawl=job.pk).first()
    else:
        report = reports.filter(pk=job.arguments.get("report")).first()
    if report is None or not (report.rows or report.is_done):
        return None
    best = Repository.objects.filter(report=report).order_by("-stars", "id").defer("topics").first()
    live = report.is_working and not job.is_active
    return "reports/_made.html", {"report": report, "best": best, "piece_url": request.path if live else ""}
