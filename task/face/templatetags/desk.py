"""The desk's template tags: `{% load desk %}`. None of them raises on odd values; all values are escaped."""

import json
from typing import Any, cast

from django import template
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from task.face.drawing import counts, covers, icons, states, times
from task.face.drawing import hero as hero_drawing
from task.face.drawing import isbn as isbn_drawing
from task.face.drawing import pile as pile_drawing
from task.face.drawing import ranks as ranks_drawing
from task.face.drawing import spines as spines_drawing
from task.face.drawing import strokes as strokes_drawing
from task.face.menu import address
from task.face.palette import known, searches
from task.face.panels import find_panels
from task.kit.search.marks import marked
from task.kit.search.query import Term

register = template.Library()

EVENTS = {"succeeded": "done", "fault": "failed", "now": "running"}
PAGE_PARAMETERS = ("after", "before", "last")
SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "best": "Best match",
    "author": "By author",
    "year": "By year, newest",
    "title": "By title",
    "name": "By name",
    "stars": "Most stars first",
    "forks": "Most forks first",
}


@register.simple_tag
def icon(name: object) -> SafeString:
    return icons.icon(name)


@register.simple_tag
def mark() -> SafeString:
    return icons.mark()


@register.simple_tag
def state(value: object = None, more: object = "") -> SafeString:
    return states.state(value, more)


@register.simple_tag
def state_icon(value: object = None) -> SafeString:
    return icons.icon(states.style_of(value)[1])


@register.simple_tag
def event_icon(sign: object = None) -> SafeString:
    """The sign of an event in a job's time line."""
    return icons.icon(EVENTS.get(str(sign), sign))


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
def cover(title: object = "", author: object = "", isbn: object = "", photograph: object = "") -> SafeString:
    """The photograph at this address, else a drawing. Its words stand beside it, so it says nothing itself."""
    if photograph:
        return format_html('<img class="cover cover-photo" src="{}" alt="" loading="lazy">', photograph)
    return covers.cover(title, author, isbn)


@register.filter
def isbn(text: object = "") -> SafeString:
    """An ISBN in its groups, for people to read; any other text as it is."""
    return isbn_drawing.groups(text)


@register.simple_tag
def spines(rows: object = (), most: object = 0) -> SafeString:
    return spines_drawing.spines(rows if isinstance(rows, (list, tuple)) else (), most)


@register.simple_tag
def ranks(points: object = (), unit: object = "") -> SafeString:
    return ranks_drawing.ranks(points, unit)


@register.simple_tag
def hours(figures: object = None) -> SafeString:
    return counts.hours(figures)


@register.simple_tag
def pile(ranks: object = (), size: object = "row") -> SafeString:
    """One stroke a scan: `ranks` says of each how it looks."""
    return pile_drawing.pile(ranks if isinstance(ranks, (bytes, bytearray, list, tuple)) else (), size)


@register.simple_tag
def barcode(code: object = "") -> SafeString:
    return counts.barcode(code)


@register.simple_tag
def hero(small: bool = False) -> SafeString:
    return hero_drawing.hero(small)


@register.simple_tag
def when(moment: object = None, shape: str = "ago") -> SafeString:
    return times.when(moment, shape)


@register.simple_tag
def today() -> SafeString:
    return times.when(timezone.now(), "today")


@register.filter
def day_words(moment: object) -> str:
    """The heading that a row stands under: nothing for the last hour, then a day's name."""
    return times.day_words(moment)


@register.filter
def took(length: object) -> str:
    return times.took(length)


@register.simple_tag
def part_of_day() -> str:
    hour = timezone.localtime().hour
    return "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"


@register.simple_tag(takes_context=True)
def query_url(context: dict[str, Any], **changes: object) -> str:
    """This page's address with some parameters changed ("" takes one away), from its first page on."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    for key in (*PAGE_PARAMETERS, *changes):
        query.pop(key, None)
    for key, value in changes.items():
        if value not in ("", None):
            query[key] = str(value).encode("utf-8", "replace").decode()
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def other_parameters(context: dict[str, Any], *names: str) -> list[tuple[str, str]]:
    """What a form that asks for `names` sends along, so that a search keeps the filters of its list."""
    query = context["request"].GET
    left_out = (*PAGE_PARAMETERS, *names)
    return [(name, value) for name, values in query.lists() for value in values if value and name not in left_out]


@register.simple_tag(takes_context=True)
def panels(context: dict[str, Any], on: str, *about: object) -> SafeString:
    """What the apps bring to this page: `{% panels "book" book %}`."""
    request = context.get("request")
    found = [each.render(request) for each in find_panels(on, request, *about)] if request else []
    return mark_safe("".join(found))  # noqa: S308  (rendered by templates)


@register.inclusion_tag("_palette.html", takes_context=True)
def palette(context: dict[str, Any]) -> dict[str, Any]:
    """What opens with Ctrl K, for who is logged in."""
    instead = next((each for each in searches() if address(each.page)), None)
    asks = {"search": address("palette"), "instead": instead, "instead_url": address(instead.page) if instead else ""}
    return {**known(context["user"], context), **asks}


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


@register.filter
def marks(text: object = "", terms: object = ()) -> SafeString:
    """With the words of a search marked; `terms` are those of the page's filter."""
    return marked(str(text), cast(tuple[Term, ...], terms or ()))


@register.filter
def words(name: object) -> str:
    """A name of the code as words: "not_found" Not found."""
    return " ".join(str(name or "").replace("_", " ").split()).capitalize()


@register.filter
def short_id(value: object) -> str:
    return str(value or "")[:8]


@register.filter
def times_word(count: object) -> str:
    many = strokes_drawing.whole(count)
    return {0: "not yet", 1: "once", 2: "twice"}.get(many, f"{many:,} times")


@register.filter
def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
