"""What schedules bring to the home page, for staff: what the desk did by itself and failed, what it can't do at all."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from task.jobs.models import Job, State
from task.jobs.timeline import is_left
from task.jobs.views import UNLISTED
from task.schedules.rows import scheduler

LOOKED_AT, SHOWN = 50, 3


def needs_staff(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    if not request.user.is_staff:
        return None
    enabled = PeriodicTask.objects.enabled().select_related("interval", "crontab", "solar", "clocked").order_by("name")
    wrong = [schedule for schedule in enabled[:LOOKED_AT] if scheduler().problem_of(schedule)]
    jobs = failed()
    if not jobs and not wrong:
        return None
    return "schedules/_home_needs.html", {"place": "side", "rows": jobs[:SHOWN], "wrong": wrong[:SHOWN]}


def failed() -> list[Job]:
    """Of each kind the last run of nobody, if it failed, was not left as it is, and none went well since.

    Not of kinds whose feature shows them itself: it names them in its AppConfig as `tells_its_failures`.
    """
    told = [kind for config in apps.get_app_configs() for kind in getattr(config, "tells_its_failures", ())]
    ours = Job.objects.filter(owner=None, state=State.FAILED).exclude(kind__in=told)
    newest = ours.defer(*UNLISTED).order_by("-created", "-id")
    by_kind: dict[str, Job] = {}
    for job in newest[:LOOKED_AT]:
        by_kind.setdefault(job.kind, job)
    return [job for job in by_kind.values() if not is_left(job) and not went_well_since(job)]


def went_well_since(job: Job) -> bool:
    since = Job.objects.filter(kind=job.kind, created__gt=job.created, state=State.SUCCEEDED)
    return since.order_by("created").exists()
