"""The card of the home page, and two of its steps. The others are their apps'."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from task.face.menu import address
from task.face.steps import Step, optional_settings, steps
from task.first_steps.models import Progress
from task.jobs import Now
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]


@dataclass
class Shown:
    """A step as a page shows it to a person."""

    step: Step
    number: int
    is_done: bool
    context: dict[str, Any]
    request: HttpRequest
    is_next: bool = False
    is_open: bool = False

    @property
    def body(self) -> SafeString:
        """How to do it."""
        return render_to_string(self.step.template, {**self.context, "shown": self}, self.request)


def shown_steps(request: HttpRequest, all_open: bool = False, is_staff: bool | None = None) -> list[Shown]:
    """The steps of this person, of which the next one is open, or all that are not done.

    `is_staff`: with which rights, where the request does not come with all that the person has.
    """
    rights = request.user.is_staff if is_staff is None else is_staff
    wanted = [step for step in steps() if rights or not step.for_staff]
    found = []
    for number, step in enumerate(wanted, 1):
        is_done, context = import_string(step.function)(request)
        found.append(Shown(step, number, is_done, context, request))
    ahead = [shown for shown in found if not shown.is_done]
    for shown in ahead:
        shown.is_next = shown is ahead[0]
        shown.is_open = shown.is_next or all_open
    return found


def card_context(found: list[Shown]) -> dict[str, Any]:
    return {"steps": found, "done": sum(shown.is_done for shown in found)}


def card(request: HttpRequest) -> Panel | None:
    """Until all is done, or the person dismisses it."""
    if Progress.objects.filter(user=request.user.pk).exclude(dismissed_at=None).exists():
        return None
    found = shown_steps(request)
    if all(shown.is_done for shown in found):
        return None
    return "first_steps/_card.html", card_context(found) | {"can_dismiss": True}


def job_step(request: HttpRequest) -> tuple[bool, dict[str, Any]]:
    is_done = Progress.objects.filter(user=request.user.pk).exclude(job_seen_at=None).exists()
    job = None if is_done else Job.objects.owned_by(request.user).only("pk").newest_first().first()
    words = "Every form starts a job. Its page shows what happened, step by step."
    return is_done, {"job": job, "words": words}


def note_job_page(request: HttpRequest, kind: Any, view: Any, job: Any) -> None:
    """The page of an own job is open: that is a step, and nothing to show."""
    if not (isinstance(job, Job) and request.user.pk and job.owner_id == request.user.pk):
        return
    if not Progress.objects.filter(user=request.user.pk).exclude(job_seen_at=None).exists():
        with suppress(DatabaseError, InterfaceError):  # a page that can be read is shown, whatever can't be written
            Progress.objects.note(request.user, job_seen_at=Now())


def settings_step(request: HttpRequest) -> tuple[bool, dict[str, Any]]:
    """Which are set and what for; never what they are set to."""
    found = optional_settings()
    missing = sum(not setting.is_set for setting in found)
    words = f"{missing} of {len(found)} not set. The desk works without them."
    test_email = {"test_email_url": address("emails_test"), "form_token": secrets.token_urlsafe(16)}
    return not missing, {"settings": found, "words": words, **test_email}
