"""What the jobs bring to the home page of a member."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from task.jobs.engine.clock import Now
from task.jobs.engine.declare import JobTask
from task.jobs.models import ACTIVE, Job

COUNTED = 100  # for the menu, which shows more as “99+”
Panel = tuple[str, dict[str, Any]] | None


def running_jobs(user: Any, *tasks: JobTask[...]) -> list[Job]:
    """The person's newest jobs (of these tasks, or of all) that wait or run, for a page that shows them live."""
    jobs = Job.objects.owned_by(user).for_list().order_by("-created")
    if tasks:
        jobs = jobs.of_kinds(task.kind.name for task in tasks)
    # A query for each state: with both in one, a database walks all that the person ever sent.
    found = [job for state in ACTIVE for job in jobs.filter(state=state)[:5]]
    return sorted(found, key=lambda job: job.created, reverse=True)[:5]


def active(request: HttpRequest) -> Panel:
    rows = running_jobs(request.user)
    return "jobs/_home_running.html", {"rows": rows, "live_url": reverse("home")}


def menu_counts(request: HttpRequest) -> list[tuple[int, str]]:
    """How many of the person's newest jobs run, and how many failed and nobody dismissed, for the menu.

    Of COUNTED each, so that a page costs the same however many there are.
    """
    own = Job.objects.owned_by(request.user).order_by("-created")
    running = own.running().values_list("pk", flat=True)[:COUNTED]
    failed = own.failed().values_list("dismissed_at", flat=True)[:COUNTED]
    return [(len(running), "running"), (list(failed).count(None), "failed")]


def hours(request: HttpRequest) -> Panel:
    """How many jobs the person sent in each of the last 24 hours, the oldest hour first."""
    own = Job.objects.owned_by(request.user).filter(created__gt=Now() - timedelta(hours=24))
    sent = own.annotate(now=Now()).values_list("created", "now").order_by("-created")[:5000]
    counts = [0] * 24
    for created, now in sent:
        age: timedelta = now - created
        counts[23 - min(23, max(0, int(age / timedelta(hours=1))))] += 1
    if not sum(counts):
        return None
    words = f"{sum(counts):,} job{'' if sum(counts) == 1 else 's'}"
    return "_hours.html", {"counts": counts, "words": words}


def attention(request: HttpRequest) -> Panel:
    """The person's newest failed jobs, without those that were dismissed."""
    failed = Job.objects.owned_by(request.user).need_attention().for_list()
    return "jobs/_home_failed.html", {"rows": failed.order_by("-created")[:3]}
