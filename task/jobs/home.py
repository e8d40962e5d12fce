"""What the jobs bring to the home page of a member."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from task.jobs.models import ACTIVE, Job, State
from task.jobs.views import UNLISTED

Panel = tuple[str, dict[str, Any]] | None


def on_the_desk(request: HttpRequest) -> Panel:
    """The person's own jobs that wait or run."""
    rows = Job.objects.filter(owner=request.user.pk, state__in=ACTIVE).defer(*UNLISTED).order_by("-created")[:5]
    return "jobs/_home_running.html", {"place": "main", "rows": list(rows), "live_url": reverse("home")}


def needs_you(request: HttpRequest) -> Panel:
    """The person's newest failed jobs."""
    rows = Job.objects.filter(owner=request.user.pk, state=State.FAILED).defer(*UNLISTED).order_by("-created")[:3]
    return "jobs/_home_failed.html", {"place": "side", "rows": list(rows)}
