"""What every page shares: menu, theme, and the addresses that its frame links.

An app names its entries in its AppConfig: `menu = [MenuEntry("books", "Books", "books_list")]`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

THEMES = ("light", "dark")
GROUPS = {"forms": "Start", "lists": "Look up", "try": "Try out", "staff": "For staff"}  # under “Forms”, in this order
# What the frame of a page links, by the name of its address; one that is not there is left out.
LINKS = {name: name for name in ("home", "login", "logout", "signup", "profile", "jobs_list", "style")} | {
    "admin": "admin:index"
}


@dataclass(frozen=True)
class MenuEntry:
    """A page that the menu leads to.

    `key` is the entry's own, over all apps; `url_name` the name of a page without arguments, and the entry is left out
    where there is none. `place` is "" for the band, else one of GROUPS; those in “staff” are for staff alone.
    """

    key: str
    words: str
    url_name: str
    place: str = ""


@dataclass
class Entry:
    """An entry as a page shows it."""

    words: str
    url: str
    place: str
    current: bool = False


def declared() -> Iterator[MenuEntry]:
    """The entries of all installed apps, in the order of INSTALLED_APPS."""
    for config in apps.get_app_configs():
        yield from getattr(config, "menu", ())


def entries(is_staff: bool) -> Iterator[Entry]:
    """What a member finds in the menu: Home, then the entries whose pages are there."""
    yield Entry("Home", address("home") or "/", "")
    for entry in declared():
        if url := address(entry.url_name) if is_staff or entry.place != "staff" else "":
            yield Entry(entry.words, url, entry.place)


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
        "links": {key: address(name) for key, name in LINKS.items()},
        **{key: address(name) if signed_in else "" for key, name in addresses.items()},
    }


def address(name: str) -> str:
    """The address of a page that may have gone with its app: then ""."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
