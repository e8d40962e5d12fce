"""What schedules bring to the home page, for staff: jobs that failed and that nobody owns, schedules that can't run."""

from collections.abc import Callable
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from task.face.panels import MOST
from task.jobs import kinds
from task.jobs.models import Job, State
from task.jobs.pages.home import shown_elsewhere
from task.schedules.rows import timetable
from task.schedules.timetable import is_run

T = TypeVar("T")
CHECKED, SHOWN = 50, 3  # schedules that are looked at; those that can't run, and failed jobs, that are shown
NEWEST = 20  # jobs of a kind: so many that are under way, or were of people, hide no failure before them
FAILED = 1_000  # of the newest jobs that nobody owns, among which those are looked for that no schedule began


def attention(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    if not request.user.is_staff:
        return None
    enabled = PeriodicTask.objects.enabled().select_related("interval", "crontab", "solar", "clocked").order_by("name")
    wrong = [schedule for schedule in enabled[:CHECKED] if timetable().problem_of(schedule)]
    jobs = failed_jobs()
    if not jobs and not wrong:
        return None
    rows = jobs[: max(SHOWN, len({job.kind for job in jobs}))]
    more = {"more_failed": len(jobs) - len(rows), "more": max(0, len(wrong) - SHOWN)}
    capped = {"count": len(jobs) + len(wrong), "capped": len(jobs) > MOST}
    return "schedules/_home_attention.html", {"rows": rows, "wrong": wrong[:SHOWN], **more, **capped}


def failed_jobs() -> list[Job]:
    """Those that nobody owns and nobody dismissed, the newest of each kind first: many of one hide no other.

    Of what schedules began, the last run of each kind alone, and only if none went well since; all others, such as
    those that a shell began and their follow-ups, each for itself: the next one is about something else. MOST + 1 of
    these at most, and none of the kinds whose feature shows them itself.
    """
    failed = Job.objects.filter(owner=None).failed().newest_first()
    newest = list(failed.values_list("kind", "pk", "unique_key", "dismissed_at")[:FAILED])
    if not newest:
        return []
    elsewhere = set(shown_elsewhere())
    others = [
        (kind, key)
        for kind, key, name, dismissed in newest
        if not (dismissed or kind in elsewhere or is_run(name or ""))
    ]
    runs: dict[str, Any] = {}
    for kind, key, owner, state in newest_jobs(sorted(kinds().keys() - elsewhere)):
        if state == State.SUCCEEDED or (state == State.FAILED and owner is None):
            runs.setdefault(kind, key if state == State.FAILED else None)
    keys = {key for _, key in each_kind_first(others, itemgetter(0))[: MOST + 1]} | {*runs.values()} - {None}
    jobs = Job.objects.filter(pk__in=keys).need_attention().for_list().newest_first()
    return each_kind_first(list(jobs), attrgetter("kind"))


def each_kind_first(rows: list[T], kind_of: Callable[[T], str]) -> list[T]:
    """The first row of each kind, then the others; else in their order."""
    firsts = {*{kind_of(row): place for place, row in reversed([*enumerate(rows)])}.values()}
    return [rows[place] for place in sorted(range(len(rows)), key=lambda place: (place not in firsts, place))]


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
