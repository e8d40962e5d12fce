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

MOST = 100  # matters that one panel counts: where there are more, it says so
HOME_PLACES = ("corner", "band", "attention", "first", "main", "side", "wide")


@dataclass(frozen=True)
class Panel:
    """One piece of a page.

    `key` is the panel's own, over all apps ("books.newest"). `function`, a dotted name, is called with the request and
    what the page is about (`{% panels "book" book %}`), and returns (template, context), or None for nothing.
    `on` says which page shows it; `place` where on the home page it stands, one of HOME_PLACES, and there `order` goes
    before the order of INSTALLED_APPS; `kinds`, on a job's page, of which kinds of job it tells (`on="job made"`,
    task/jobs/pages/made.py).

    On the home page two names of the context mean something: `live`, true while what is shown changes by itself; and
    of “attention”, whose template is rows (`<li>`), `count`: how many matters they stand for, MOST + 1 at most.
    """

    key: str
    function: str
    on: str = "home"
    place: str = ""
    kinds: tuple[str, ...] = ()
    order: int = 0

    def find(self, request: HttpRequest, *about: object) -> "Found | None":
        """What it shows to this person, or None when that is nothing."""
        found: tuple[str, dict[str, Any]] | None = import_string(self.function)(request, *about)
        return Found(self.place, *found) if found else None

    def render(self, request: HttpRequest, *about: object, **frame: object) -> SafeString | None:
        """Its HTML, or None when it has nothing to show to this person. `frame`: what the page tells its template."""
        found = self.find(request, *about)
        return found.render(request, **frame) if found else None


@dataclass(frozen=True)
class Found:
    """What a panel has to show: a template and its context."""

    place: str
    template: str
    context: dict[str, Any]

    def render(self, request: HttpRequest, **frame: object) -> SafeString:
        return render_to_string(self.template, {**frame, **self.context}, request)


def declared() -> Iterator[Panel]:
    """The panels of all installed apps, in the order of INSTALLED_APPS."""
    for config in apps.get_app_configs():
        yield from getattr(config, "panels", ())


def find_panels(on: str, request: HttpRequest, *about: object) -> Iterator[Found]:
    """What each panel of this page has to show."""
    for panel in sorted(declared(), key=lambda panel: panel.order):
        if panel.on == on and (found := panel.find(request, *about)):
            yield found


def home_panels(request: HttpRequest) -> dict[str, Any]:
    """What the apps put on the home page of a member: HTML by place, how much needs attention, and if it changes."""
    found = list(find_panels("home", request))
    placed = {place: [each.render(request) for each in found if each.place == place] for place in HOME_PLACES}
    counts = [each.context.get("count", 1) for each in found if each.place == "attention"]
    matters = f"{sum(min(count, MOST) for count in counts):,}{'+' if max(counts, default=0) > MOST else ''}"
    return {**placed, "matters": matters, "live": any(each.context.get("live") for each in found)}
