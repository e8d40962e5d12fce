"""The palette (Ctrl K): every page and action by its name, and what the apps find.

Pages are the entries of the menu; actions those that start something, and what an app names in its AppConfig:

    palette = [PaletteEntry("books.authors", "Authors", "authors_list", "pages"),
               PaletteSearch("books", "Books", "task.books.palette.books", page="books_list")]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from task.face.menu import MORE, Entry, address, may_open

GROUPS = ("pages", "actions")
THEMES = (("Light", "theme"), ("Dark", "moon"), ("System", "system"))  # with their icons
SHOWN = 3  # rows of a search
COUNTED = 100  # further than that nobody counts
LONGEST = 200  # characters that are searched for


@dataclass(frozen=True)
class PaletteEntry:
    """A page that is not in the menu, or a form that starts something beside those of the menu's place “start”.

    `key` is the entry's own, over all apps; `url_name` the name of a page without arguments; `group` one of GROUPS.
    `detail` stands beside its words. One with `staff` is for staff alone.
    """

    key: str
    words: str
    url_name: str
    group: str = "actions"
    detail: str = ""
    icon: str = "plus"
    staff: bool = False

    @property
    def url(self) -> str:
        return address(self.url_name)


@dataclass(frozen=True)
class Row:
    """One thing that was found. With `fields` it is sent as a form to its address, else opened."""

    words: str
    url: str
    detail: str = ""  # a second line
    picture: str = ""  # a drawing, as safe HTML
    state: str = ""  # its word
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a search found: the first SHOWN `rows`, how many there are in words, and what it offers before all else."""

    rows: Sequence[Row] = ()
    count: str = ""
    offers: Sequence[Row] = ()


def found_of(newest: QuerySet[Any], row_of: Callable[[Any], Row]) -> Found:
    """Of all that was found, the newest first."""
    things = list(newest[: SHOWN + 1])
    count = len(things) if len(things) <= SHOWN else len(newest.values_list("pk")[: COUNTED + 1])
    words = f"more than {COUNTED}" if count > COUNTED else str(count)
    return Found([row_of(thing) for thing in things[:SHOWN]], words)


@dataclass(frozen=True)
class PaletteSearch:
    """What an app finds by words, under its own heading.

    `key` is the search's own, over all apps; `function`, a dotted name, is called with the request and the words that
    were typed, and returns a Found: of that person's things alone, at a cost that does not grow. `page` names the list
    that searches the same by `?q=`; that of the first search is offered where nothing is found.
    """

    key: str
    words: str
    function: str
    page: str = ""

    def find(self, request: HttpRequest, text: str) -> Found:
        result: Found = import_string(self.function)(request, text)
        return result


def declared() -> list[PaletteEntry | PaletteSearch]:
    """Of all installed apps, in the order of INSTALLED_APPS."""
    return [each for config in apps.get_app_configs() for each in getattr(config, "palette", ())]


def searches() -> list[PaletteSearch]:
    return [each for each in declared() if isinstance(each, PaletteSearch)]


@dataclass(frozen=True)
class Known:
    """A page or an action, of which the palette needs to ask nothing. `letter` goes there after a `g`."""

    words: str
    url: str
    icon: str
    detail: str = ""
    letter: str = ""
    theme: str = ""  # a button of the theme, which leads nowhere


def known(user: Any, menu: dict[str, Any]) -> dict[str, list[Known]]:
    """What this person finds by its name, of each of GROUPS. `menu` is what base.html shows of it."""
    links = menu["links"]
    below = [entry for _, entries in menu["menu_more"] for entry in entries]
    pages = [
        Known("Home", links["home"], "right", letter="h"),
        *(_of_menu(entry, "right") for entry in [*menu["menu"], *below]),
        Known("Your profile", links["profile"], "person"),
    ]
    themes = [Known(f"{words} theme", links["theme"], icon, theme=words.lower()) for words, icon in THEMES]
    starts = [replace(_of_menu(entry, "plus"), detail="Starts a job") for entry in menu["menu_start"]]
    found = {"pages": pages, "actions": starts}
    for each in declared():
        if isinstance(each, PaletteEntry) and (user.is_staff or not each.staff) and may_open(each.url, user):
            found[each.group].append(Known(each.words, each.url, each.icon, each.detail))
    found["actions"] += themes
    return {group: [each for each in entries if each.url] for group, entries in found.items()}


def _of_menu(entry: Entry, icon: str) -> Known:
    detail = MORE["staff"] if entry.of.place == "staff" else entry.of.hint
    return Known(entry.words, entry.url, entry.of.icon or icon, detail, entry.of.letter)


@login_required
@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """What the apps find by `?q=`, as rows of the open palette."""
    text = " ".join(request.GET.get("q", "").split())[:LONGEST]
    groups = [(search, search.find(request, text)) for search in searches()] if text else []
    return render(request, "_palette_found.html", {"groups": groups})
