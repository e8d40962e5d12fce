"""The tags that know what a job is: `{% load jobs %}`."""

from django import template

from task.jobs.engine.registry import label_of

register = template.Library()


@register.filter
def kind_words(kind: object) -> str:
    """What jobs of this kind are called: "books.look_up" Look up books."""
    return label_of(str(kind or ""))
