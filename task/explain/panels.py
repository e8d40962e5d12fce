"""What “How this works” brings to a form's page, a job's page and the first page of a stranger."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from task.explain.explain import Explanation, explanation_of, last_of
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]] | None


def below_a_page(request: HttpRequest, kind: Any, view: Any, job: Any) -> Panel:
    """Of a form's page, with the reader's last job of that kind; or of a job's page, with that job."""
    if isinstance(job, Job):
        explanation = Explanation(kind, job=job, reader=request.user)
    else:
        explanation = Explanation(kind, view=type(view), job=last_of(request.user, kind), reader=request.user)
    return "explain/_explanation.html", {"explanation": explanation, "job": job}


def live(request: HttpRequest, kind: Any, view: Any, job: Job) -> Panel:
    return "explain/_path.html", {
        "explanation": Explanation(kind, job=job, reader=request.user),
        "job": job,
        "oob": True,
    }


def source(request: HttpRequest) -> Panel:
    return _landing("explain/_source.html")


def way(request: HttpRequest) -> Panel:
    return _landing("explain/_landing.html")


def _landing(template: str) -> Panel:
    """The kind that the setting EXPLAIN_LANDING_KIND names."""
    explanation = explanation_of(getattr(settings, "EXPLAIN_LANDING_KIND", ""))
    return (template, {"explanation": explanation}) if explanation else None
