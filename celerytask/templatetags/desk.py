"""The desk's template tags: `{% load desk %}`. None of them raises on odd values; all values are escaped."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from celerytask.drawing import icons, states, times
from celerytask.drawing import strokes as strokes_drawing

register = template.Library()

SORTS = {"newest": "Newest first", "oldest": "Oldest first", "title": "By title", "name": "By name"}


@register.simple_tag
def icon(name: object) -> SafeString:
    return icons.icon(name)


@register.simple_tag
def mark() -> SafeString:
    return icons.mark()


@register.simple_tag
def state(value: object = None) -> SafeString:
    return states.state(value)


@register.simple_tag
def strokes(
    done: object = 0,
    total: object = 0,
    state: object = "running",
    size: object = "list",
    seams: object = None,
) -> SafeString:
    return strokes_drawing.strokes(done, total, state, size, seams)


@register.simple_tag
def when(moment: object = None) -> SafeString:
    return times.when(moment)


@register.filter
def took(length: object) -> str:
    return times.took(length)


@register.simple_tag
def part_of_day() -> str:
    hour = timezone.localtime().hour
    return "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"


@register.simple_tag(takes_context=True)
def sort_url(context: dict[str, Any], name: object) -> str:
    """This page's address in another order, from its first page, with its filters kept."""
    request = context.get("request")
    query = request.GET.copy() if request else None
    if query is None:
        return f"?sort={name}"
    for key in ("after", "before", "page", "last"):
        query.pop(key, None)
    query["sort"] = str(name)
    return f"?{query.urlencode()}"


@register.filter
def sort_words(name: object) -> str:
    words = str(name or "")
    return SORTS.get(words, words.replace("_", " ").capitalize())


@register.filter
def initials(name: object) -> str:
    """Two letters for the person's sign: "Marta Keller" MK, "marta" MA."""
    words = str(name or "").split("@")[0].replace(".", " ").replace("_", " ").replace("-", " ").split()
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else "".join(words)[:2]
    return letters.upper() or "?"


@register.filter
def first_name(user: object) -> str:
    """What to call somebody in a greeting."""
    name = getattr(user, "first_name", "") or getattr(user, "username", "") or "there"
    return str(name).split("@")[0][:40]
