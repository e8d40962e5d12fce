"""How this works: the way of a submission with the reader's own marked on it, and the source of what it meets.

The source is read from what this process runs (the view that names the task, its form, the task's function, the
template), once a process. Only files of the project are shown, and never its settings.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from textwrap import dedent
from typing import Any

from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.urls import Resolver404, resolve

from task.jobs import kinds, publish
from task.jobs.conf import conf
from task.jobs.models import Job, State
from task.jobs.pages.status import COLUMNS, status_of
from task.kit.source import Source, highlight, shown_path

_, ROW, BROKER, WORKER, LIST = range(5)
NEWEST = 200  # among so many of a person's jobs the last one of a kind is looked for


@dataclass(frozen=True)
class Station:
    name: str
    icon: str
    words: str
    file: str = ""
    status: str = ""  # reached, yours, ahead; "" when nothing is on the way
    flag: str = ""


class Explanation:
    """What the template shows for a kind, seen from `view`, with `job` on its way."""

    def __init__(self, kind: Any, *, view: Any = None, job: Job | None = None, reader: Any = None) -> None:
        self.kind, self.view, self.job = kind, view or kind.view, job
        self.is_own = job is not None and job.owner_id is not None and job.owner_id == getattr(reader, "pk", None)

    @property
    def sources(self) -> tuple[Source, ...]:
        return sources(self.kind.function, self.view)

    @property
    def stations(self) -> list[Station]:
        form, view, task, _ = _files(self.kind.function, self.view)
        if self.view and self._by_form:
            who = "You send it" if self.job is None else "You sent it" if self.is_own else "Its owner sent it"
            twice = "Sent twice, it is still one job." if self.job is None or self.job.unique_key else ""
            first = Station("Form", "form", f"{who}. {twice}".rstrip(), form or view)
        elif self.view:
            first = Station("Program", "form", "No form: a schedule, a shell or another job started it.")
        else:
            first = Station("Program", "form", "No form: this job starts automatically.")
        lease = f"{conf.LEASE_SECONDS:g} s"
        way = [
            first,
            Station("Row", "row", "The job and its rows commit together.", _file_of(Job)),
            Station("Broker", "bell", "One message, only after the commit. It may get lost.", _file_of(publish)),
            Station("Worker", "running", f"Takes the row for {lease} at a time and commits step by step.", task),
            Station("List", "books", "What a step makes appears as soon as it is committed.", _list_file(self.view)),
        ]
        return [replace(station, **self._mark(place)) for place, station in enumerate(way)]

    @property
    def maintenance(self) -> str:
        return (
            "If a message gets lost or a worker dies, maintenance finds the row and notifies a worker again. "
            f"It looks every {conf.MAINTENANCE_SECONDS:g} seconds."
        )

    @property
    def lost_at(self) -> datetime | None:
        """When maintenance last found this job without its worker."""
        times = (
            [entry.get("when") for entry in self.job.history if entry.get("what") == "worker lost"] if self.job else []
        )
        return datetime.fromisoformat(times[-1]) if times and times[-1] else None

    @property
    def _by_form(self) -> bool:
        """Follow-ups are not; and who sends a form is its job's owner, unless the form is for visitors."""
        if self.job is None:
            return True
        has_sender = self.job.owner_id is not None or not getattr(self.view, "login_required", True)
        return self.job.parent_id is None and has_sender

    @cached_property
    def _current(self) -> int:
        """The station at which the job is, or was when it stopped."""
        job = self.job
        assert job is not None
        status = status_of(job)
        match status.state:
            case State.QUEUED:
                return ROW if status.next_try else BROKER
            case State.RUNNING:
                return WORKER
            case State.SUCCEEDED:
                return LIST
        return WORKER if job.claims else ROW

    def _mark(self, station: int) -> dict[str, str]:
        if self.job is None:
            return {}
        if station != self._current:
            return {"status": "reached" if station < self._current else "ahead"}
        stopped = self.job.state in (State.FAILED, State.CANCELLED)
        who, what = "yours" if self.is_own else "it", "stopped here" if stopped else "is here"
        return {"status": "yours", "flag": f"{who} {what}"}


def explanation_of(name: str, **rest: Any) -> Explanation | None:
    """`Explanation` for the kind of this name; None when no feature here has it (any more)."""
    kind = kinds().get(name)
    return Explanation(kind, **rest) if kind else None


def last_of(person: Any, kind: Any) -> Job | None:
    """The person's last submission of this kind, if it is among their newest."""
    if not person.is_authenticated:
        return None
    newest = Job.objects.owned_by(person).newest_first()
    newest = newest.only("kind", "owner", "parent", "claims", *COLUMNS)
    return next((job for job in newest[:NEWEST] if job.kind == kind.name), None)


# The source, once a process


@lru_cache(maxsize=256)
def sources(function: Callable[..., Any], view: Any = None) -> tuple[Source, ...]:
    """The tabs: form, view, task, template, as far as there are any and they are the project's own."""
    form = getattr(view, "form_class", None)
    parts = [("Form", form), ("View", view), ("Task", inspect.unwrap(function))]
    found = [_code(part, thing) for part, thing in parts if thing is not None]
    found.append(_template(getattr(view, "template_name", None)))
    return tuple(source for source in found if source is not None)


def _code(part: str, thing: Any) -> Source | None:
    try:
        path = shown_path(inspect.getsourcefile(thing))
        lines, first = inspect.getsourcelines(thing)
    except (OSError, TypeError):  # made while it runs, or without its file
        return None
    return Source(part, path, first, highlight(dedent("".join(lines)), "python")) if path else None


def _template(name: Any) -> Source | None:
    try:
        template = getattr(get_template(name), "template", None) if isinstance(name, str) else None
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None
    origin, text = getattr(template, "origin", None), getattr(template, "source", None)
    path = shown_path(origin.name) if origin and text is not None else ""
    return Source("Template", path, 1, highlight(str(text).rstrip("\n"), "django")) if path else None


def _files(function: Callable[..., Any], view: Any) -> list[str]:
    """Where form, view, task and template stand, short; "" for what is not shown."""
    by_part = {source.part: short(source.path) for source in sources(function, view)}
    return [by_part.get(part, "") for part in ("Form", "View", "Task", "Template")]


@lru_cache(maxsize=256)
def _file_of(thing: Any) -> str:
    try:
        return short(shown_path(inspect.getsourcefile(inspect.unwrap(thing))))
    except (OSError, TypeError):
        return ""


def _list_file(view: Any) -> str:
    """The file of the view to which the form leads."""
    try:
        found = resolve(str(view.success_url)).func if view and view.success_url else None
    except Resolver404:
        return ""
    return _file_of(getattr(found, "view_class", found)) if found else ""


def short(path: str) -> str:
    """The last two names of a path: "accounts/forms.py"."""
    return "/".join(path.split("/")[-2:])
