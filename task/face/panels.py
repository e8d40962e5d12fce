"""What apps bring to pages that are not theirs.

An app names them in its AppConfig: `panels = [Panel("books.newest", "task.books.home.newest", place="wide")]`. The page
knows no app, and one that is taken out of INSTALLED_APPS takes its panels along.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

HOME_PLACES = ("corner", "band", "main", "side", "wide")


@dataclass(frozen=True)
class Panel:
    """One piece of a page.

    `key` is the panel's own, over all apps ("books.newest"). `function`, a dotted name, is called with the request and
    what the page is about (`{% panels "book" book %}`), and returns (template, context), or None for nothing.
    `on` says which page shows it; `place` where on the home page it stands, one of HOME_PLACES; `kinds`, on a job's
    page, of which kinds of job it tells (`on="job made"`, task/jobs/pages/made.py).
    """

    key: str
    function: str
    on: str = "home"
    place: str = ""
    kinds: tuple[str, ...] = ()

    def render(self, request: HttpRequest, *about: object, **frame: object) -> SafeString | None:
        """Its HTML, or None when it has nothing to show to this person. `frame`: what the page tells its template."""
        found = import_string(self.function)(request, *about)
        if found is None:
            return None
        template, context = found
        return render_to_string(template, {**frame, **context}, request)


def declared() -> Iterator[Panel]:
    """The panels of all installed apps, in the order of INSTALLED_APPS."""
    for config in apps.get_app_configs():
        yield from getattr(config, "panels", ())


def render_panels(on: str, request: HttpRequest, *about: object) -> Iterator[tuple[Panel, SafeString]]:
    """Each panel of this page that has something to show, with its HTML."""
    for panel in declared():
        if panel.on == on and (html := panel.render(request, *about)) is not None:
            yield panel, html


def home_panels(request: HttpRequest) -> dict[str, list[SafeString]]:
    """What the apps put on the home page of a member, by place."""
    placed: dict[str, list[Any]] = {place: [] for place in HOME_PLACES}
    for panel, html in render_panels("home", request):
        placed[panel.place].append(html)
    return placed
