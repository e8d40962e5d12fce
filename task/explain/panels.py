"""What “How this works” brings to a form's page, a job's page and the first page of a stranger."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from task.explain.explain import How, explain, last_of
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]] | None


def below_a_page(request: HttpRequest, kind: Any, view: Any, job: Any) -> Panel:
    """Of a form's page, with the reader's last job of that kind; or of a job's page, with that job."""
    if isinstance(job, Job):
        how = How(kind, job=job, reader=request.user)
    else:
        how = How(kind, view=type(view), job=last_of(request.user, kind), reader=request.user)
    return "explain/_how.html", {"how": how, "job": job}


def live(request: HttpRequest, kind: Any, view: Any, job: Job) -> Panel:
    return "explain/_path.html", {"how": How(kind, job=job, reader=request.user), "job": job, "oob": True}


def source(request: HttpRequest) -> Panel:
    return _landing("explain/_source.html")


def way(request: HttpRequest) -> Panel:
    return _landing("explain/_landing.html")


def _landing(template: str) -> Panel:
    """The kind that the setting EXPLAIN_LANDING_KIND names."""
    how = explain(getattr(settings, "EXPLAIN_LANDING_KIND", ""))
    return (template, {"how": how}) if how else None
