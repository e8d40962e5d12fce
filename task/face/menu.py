"""What every page shares: menu, search, theme, and the addresses that its frame links.

An app names its entries in its AppConfig:

    menu = [MenuEntry("orders", "Orders", "orders_list", search="orders"),
            MenuEntry("orders.new", "Order a book", "order_new", "start")]
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.apps import apps
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.module_loading import import_string

from task.face.theme import theme_of

MORE = {"more": "Also here", "staff": "For staff"}  # the columns under “More”
PLACES = ("", *MORE, "start")
# What the frame of a page links, by the name of its address; one that is not there is left out.
LINKS = ("home", "login", "logout", "signup", "profile", "jobs_list", "style", "theme")


@dataclass(frozen=True)
class MenuEntry:
    """A page that the menu leads to.

    `key` is the entry's own, over all apps; `url_name` the name of a page without arguments: `manage.py check` tells of
    one that is not there, and pages leave its entry out. `place` is one of PLACES: "" is the band; “more” and “staff”
    are under “More”, the latter for staff alone; “start” is no entry of the menu but of “New job”: it leads to the form
    that starts something, and those who may not use that form don't find it. In a place they stand in the order of
    INSTALLED_APPS, those with a larger `order` behind the others.

    A page belongs to the entry below whose address it is, or below one of those that `also` names. There the header
    searches at the entry's page, by `?q=`, what `search` says ("orders": “Search orders”). `counts`, a dotted name, is
    called with the request and returns (number, state) pairs, which the entry shows where they are above 0. `icon`
    stands beside an entry of the band on a small screen. After a `g` the key `letter` goes to the page. `hint`, in the
    folds, says of what a page is where its words alone may mislead.
    """

    key: str
    words: str
    url_name: str
    place: str = ""
    also: tuple[str, ...] = ()
    search: str = ""
    counts: str = ""
    icon: str = ""
    order: int = 0
    letter: str = ""
    hint: str = ""


ADMINISTRATION = MenuEntry("administration", "Administration", "admin:index", "staff", order=9)


@dataclass
class Entry:
    """An entry as a page shows it."""

    of: MenuEntry
    url: str
    request: HttpRequest
    current: Literal["", "page", "true"] = ""  # for `aria-current`: this page, or one that belongs to it

    @property
    def words(self) -> str:
        return self.of.words

    @cached_property
    def counts(self) -> list[tuple[int, str]]:
        """Asked for when it is drawn, and once: a partial has no menu."""
        found = import_string(self.of.counts)(self.request) if self.of.counts else []
        return [(number, state) for number, state in found if number]

    @property
    def counts_url(self) -> str:
        """Where they are asked for anew; "" once nothing runs any more."""
        runs = any(state == "running" for _, state in self.counts)
        return address("menu_counts", self.of.key) if runs else ""


@dataclass(frozen=True)
class Search:
    """Where the header searches, and what."""

    url: str
    what: str


def declared() -> list[MenuEntry]:
    """The entries of all installed apps, in the order of INSTALLED_APPS."""
    found = [entry for config in apps.get_app_configs() for entry in getattr(config, "menu", ())]
    return sorted([*found, ADMINISTRATION], key=lambda entry: entry.order)


def entries(request: HttpRequest) -> Iterator[Entry]:
    """What this person finds in the menu and in “New job”: the entries whose pages are there, and for them."""
    user = request.user
    for entry in declared():
        url = address(entry.url_name)
        if not url or (entry.place == "staff" and not user.is_staff):
            continue
        if entry is ADMINISTRATION and not (user.is_superuser or user.get_all_permissions()):
            continue
        if entry.place == "start" and not may_open(url, user):
            continue
        yield Entry(entry, url, request)


def may_open(url: str, user: Any) -> bool:
    """False where the page's view says so by `may_be_used_by(user)`, as those of StaffOnly do."""
    try:
        view: Any = getattr(resolve(url).func, "view_class", None)
    except Resolver404:
        return True
    return bool(view.may_be_used_by(user)) if hasattr(view, "may_be_used_by") else True


def mark_current(menu: list[Entry], path: str) -> Entry | None:
    """The entry that a page belongs to; of two the longer address wins (/books/scan/ is Scan, not Books)."""
    below = [
        (len(url), entry)
        for entry in menu
        for url in (entry.url, *map(address, entry.of.also))
        if url and entry.of.place != "start" and path.startswith(url)
    ]
    if not below:
        return None
    _, current = max(below, key=lambda each: each[0])
    current.current = "page" if path == current.url else "true"
    return current


def search_at(menu: list[Entry], current: Entry | None) -> Search | None:
    """What the page is about, else what the first entry that searches does."""
    found = [entry for entry in (current, *menu) if entry and entry.of.search]
    return Search(found[0].url, found[0].of.search) if found else None


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what base.html shows on every page."""
    user = getattr(request, "user", None)
    found = list(entries(request)) if user and user.is_authenticated else []
    current = mark_current(found, request.path)
    at = {place: [entry for entry in found if entry.of.place == place] for place in PLACES}
    return {
        "menu": at[""],
        "menu_more": [(words, at[place]) for place, words in MORE.items() if at[place]],
        "menu_is_within": bool(current and current.of.place in MORE),
        "menu_start": at["start"],
        "menu_search": search_at(found, current),
        "menu_scan": address("books_scan") if found else "",
        "theme": theme_of(request),
        "links": {name: address(name) for name in LINKS},
    }


def address(name: str, *args: object) -> str:
    """The address of a page that may have gone with its app: then ""."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
