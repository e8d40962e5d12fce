"""What schedules bring to the home page, for staff: what the desk did by itself and failed, what it can't do at all."""

from typing import Any

from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from task.jobs import kinds
from task.jobs.models import Job, State
from task.jobs.pages.home import shown_elsewhere
from task.schedules.rows import timetable

CHECKED, SHOWN = 50, 3
NEWEST = 20  # jobs of a kind: so many that are under way, or were of people, hide no failure before them


def attention(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    if not request.user.is_staff:
        return None
    enabled = PeriodicTask.objects.enabled().select_related("interval", "crontab", "solar", "clocked").order_by("name")
    wrong = [schedule for schedule in enabled[:CHECKED] if timetable().problem_of(schedule)]
    jobs = failed_jobs()
    if not jobs and not wrong:
        return None
    shown = {"rows": jobs, "wrong": wrong[:SHOWN], "more": max(0, len(wrong) - SHOWN)}
    return "schedules/_home_attention.html", shown | {"count": len(jobs) + len(wrong)}


def failed_jobs() -> list[Job]:
    """Of each kind the last run of nobody, if it failed, was not left as it is, and none went well since.

    Not of kinds whose feature shows them itself.
    """
    if not Job.objects.filter(owner=None).failed().exists():
        return []
    names = sorted(kinds().keys() - set(shown_elsewhere()))
    keys: dict[str, Any] = {}
    for kind, key, owner, state in newest_jobs(names):
        if state == State.SUCCEEDED or (state == State.FAILED and owner is None):
            keys.setdefault(kind, key if state == State.FAILED else None)
    jobs = Job.objects.filter(pk__in=[key for key in keys.values() if key]).need_attention()
    return list(jobs.for_list().newest_first())


def newest_jobs(names: list[str]) -> list[tuple[str, Any, Any, str]]:
    """Kind, key, owner and state of the newest jobs, the newest first: of each kind a few, along the index."""
    if not names:
        return []
    each = []
    for kind in names:
        last = Job.objects.filter(kind=kind).newest_first().values("pk")[:NEWEST]
        each.append(Job.objects.filter(pk__in=last).order_by().values_list("kind", "pk", "owner", "state", "created"))
    rows = each[0].union(*each[1:], all=True)
    return [row[:4] for row in sorted(rows, key=lambda row: (row[4], row[1]), reverse=True)]
