"""`{% load play %}`: how a task of a run is drawn."""

from typing import Any

from django import template

from task.playground import statuses

register = template.Library()

CLASSES = {
    statuses.DONE: "done",
    statuses.RUNNING: "now",
    statuses.RETRYING: "now",
    statuses.FAILED: "failed",
    statuses.NO_SIGN: "lost",
}


@register.filter
def status_class(state: object) -> str:
    return CLASSES.get(str(state), "ahead")


@register.filter
def figure(value: Any) -> str:
    return statuses.figure(value)
