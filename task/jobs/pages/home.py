"""What the jobs bring to the home page of a member."""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from task.face.panels import MOST
from task.jobs.engine.clock import Now
from task.jobs.engine.declare import JobTask
from task.jobs.models import ACTIVE, Job

COUNTED = 100  # for the menu, which shows more as “99+”
Panel = tuple[str, dict[str, Any]] | None
SHOWN = 3  # failed jobs


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
    return ("jobs/_home_running.html", {"rows": rows, "live": True}) if rows else None


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


def shown_elsewhere() -> list[str]:
    """Kinds whose failures their feature shows: it names them in its AppConfig as `shows_own_failures`."""
    return [kind for config in apps.get_app_configs() for kind in getattr(config, "shows_own_failures", ())]


def attention(request: HttpRequest) -> Panel:
    """The person's newest failed jobs, without those that were dismissed."""
    failed = Job.objects.owned_by(request.user).need_attention().newest_first()
    if request.user.is_staff:  # what a feature shows, it shows to staff
        failed = failed.exclude(kind__in=shown_elsewhere())
    count = len(failed.values_list("pk")[: MOST + 1])
    if not count:
        return None
    rows = failed.for_list()[:SHOWN]
    return "jobs/_home_attention.html", {"rows": rows, "count": count, "more": count - SHOWN, "capped": count > MOST}
