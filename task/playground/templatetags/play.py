"""`{% load play %}`: how a task of a run is drawn."""

from typing import Any

from django import template

from task.playground import looks

register = template.Library()

CLASSES = {
    looks.DONE: "done",
    looks.RUNNING: "now",
    looks.RETRYING: "now",
    looks.FAILED: "failed",
    looks.NO_SIGN: "lost",
}


@register.filter
def look_class(state: object) -> str:
    return CLASSES.get(str(state), "ahead")


@register.filter
def figure(value: Any) -> str:
    return looks.figure(value)
