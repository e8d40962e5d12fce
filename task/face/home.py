"""The first page, and what every page shares: menu and theme.

Features tell what they bring in their AppConfig: `menu` and `home_panels`. So one that is taken out of INSTALLED_APPS
takes its part of the navigation and of this page with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from task.explain.explain import explain
from task.face.panels import brought

PLACES = ("corner", "band", "main", "side", "wide")
THEMES = ("light", "dark")
GROUPS = {"forms": "Start", "lists": "Look up", "try": "Try out", "staff": "For staff"}  # under “Forms”, in this order
SHOWN = "accounts.generate"  # the kind whose source a stranger sees first


@dataclass
class Entry:
    words: str
    url: str
    place: str  # "": on the band, else one of GROUPS
    current: bool = False


def entries(is_staff: bool) -> Iterator[Entry]:
    yield Entry("Home", reverse("home"), "")
    for config in apps.get_app_configs():
        for item in getattr(config, "menu", ()):
            words, name, *place = item
            if "staff" in place and not is_staff:
                continue
            try:
                yield Entry(words, reverse(name), place[0] if place else "")
            except NoReverseMatch:
                continue


def mark_current(menu: list[Entry], path: str) -> None:
    """A page below an entry belongs to it; of two the longer address wins (/books/scan/ is Scan, not Books)."""
    home, *others = menu
    for entry in sorted(others, key=lambda each: -len(each.url)):
        if path.startswith(entry.url):
            entry.current = True
            return
    home.current = path == home.url


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what base.html shows on every page."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    theme = request.COOKIES.get("theme", "")
    found = list(entries(bool(user and user.is_staff))) if signed_in else []
    if found:
        mark_current(found, request.path)
    addresses = {"menu_search": "books_list", "menu_scan": "books_scan"}
    at = {place: [entry for entry in found if entry.place == place] for place in ("", *GROUPS)}
    return {
        "menu": at[""],
        "menu_forms": at["forms"],
        "menu_groups": [(words, at[place]) for place, words in GROUPS.items() if at[place]],
        "menu_is_within": any(entry.current and entry.place for entry in found),
        "theme": theme if theme in THEMES else "",
        **{key: address(name) if signed_in else "" for key, name in addresses.items()},
    }


def address(name: str) -> str:
    """The address of a page that may have gone with its feature: then ""."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def panels(request: HttpRequest) -> dict[str, list[SafeString]]:
    """What each feature puts on the home page of a member, by place."""
    placed: dict[str, list[SafeString]] = {place: [] for place in PLACES}
    for place, html in brought("home_panels", request):
        placed[place if place in PLACES else "wide"].append(html)
    return placed


def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "home_landing.html", {"seams": [41_000], "how": explain(SHOWN)})
    return render(request, "home.html", {"panels": panels(request)})
