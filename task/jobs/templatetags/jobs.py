"""The tags that know what a job is: `{% load jobs %}`."""

from django import template

from task.jobs.engine.registry import label_of
from task.jobs.models import Job
from task.jobs.pages.status import JobStatus, status_of

register = template.Library()


@register.filter
def kind_words(kind: object) -> str:
    """What jobs of this kind are called: "books.look_up" Look up books."""
    return label_of(str(kind or ""))


@register.filter
def status(job: Job) -> JobStatus:
    """What a row of a list shows of a job."""
    return status_of(job)
