"""The filters beside a list of books, as a page draws them."""

import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from django.http import QueryDict

from task.books.facets.candidates import LINKS
from task.books.facets.choices import AVAILABLE, LABELS, NONE, STATES, Value
from task.books.facets.listing import Listing
from task.books.facets.stored import KEPT
from task.books.models import Author, Location, Subject
from task.face.drawing.decades import Decades, decades
from task.kit.lists import PAGE_PARAMETERS, prefix

SHOWN = 5  # rows of a facet; "34 more" opens all
SEARCHED_FROM = 20  # open rows that get a field to find one by
MORE, SHEET = "more", "filter"  # what the address says of the filters themselves
NAMES: dict[str, Any] = {"author": Author, "subject": Subject}
NO_LOCATION = "Without a location"
LANGUAGES_FROM = 5  # the facet shows when one book in so many has a language


@dataclass
class Row:
    name: str
    value: Value
    label: str
    count: int
    is_chosen: bool = False
    removed: str = ""  # the list's address without it

    @property
    def id(self) -> str:
        """The same for the same value: a reload gives the focus back by it."""
        return f"filter-{self.name}-{zlib.crc32(str(self.value).encode('utf-8', 'replace')):08x}"


@dataclass
class FacetView:
    name: str
    label: str
    rows: list[Row]
    rest: int = 0  # rows that are not shown
    next_row: Row | None = None  # the one that is not shown, where it is the only one
    is_exact: bool = True
    is_open: bool = False
    more_url: str = ""
    not_listed: int = 0  # values beyond those that are kept
    drawing: Decades | None = None

    @property
    def chosen(self) -> int:
        return sum(row.is_chosen for row in self.rows)

    @property
    def has_field(self) -> bool:
        return self.is_open and len(self.rows) >= SEARCHED_FROM


@dataclass
class Panel:
    facets: list[FacetView] = field(default_factory=list)

    @property
    def chips(self) -> list[Row]:
        return [row for facet in self.facets for row in facet.rows if row.is_chosen]

    @property
    def has_least(self) -> bool:
        return any(not facet.is_exact for facet in self.facets)


def panel(listing: Listing, opened: Collection[str] = ()) -> Panel:
    """`opened` names the facets of which all rows are shown."""
    views = [_view(listing, name, name in opened) for name in LABELS]
    return Panel([view for view in views if view is not None])


def _view(listing: Listing, name: str, is_open: bool) -> FacetView | None:
    counts, is_exact = listing.counts(name)
    chosen = listing.chosen.values.get(name, ())
    if name == "language" and not chosen and not enough_languages(listing):
        return None
    if not chosen and (not counts.rows or (name == "room" and [value for value, _ in counts.rows] == [NONE])):
        return None
    numbers = dict(counts.rows)
    most = KEPT if is_open else SHOWN
    order = in_order(name, numbers, most + len(chosen) + 1)
    shown = list(dict.fromkeys([*chosen, *order]))[: max(most, len(chosen))]
    labels = labels_of(name, [*shown, *order[most : most + 1]])
    rows = [
        Row(name, value, labels[value], numbers.get(value, 0), value in chosen) for value in shown if value in labels
    ]
    hidden = [value for value in order if value not in shown]
    total = max(counts.values, len(numbers))
    rest = total - len([value for value in shown if value in numbers])
    one = hidden[0] if rest == 1 and hidden else None
    next_row = Row(name, one, labels_of(name, [one]).get(one, str(one)), numbers[one]) if one is not None else None
    view = FacetView(name, LABELS[name], rows, 0 if is_open else rest, next_row, is_exact, is_open)
    if is_open:
        view.not_listed = rest
    if name == "decade":
        view.drawing = decades({int(value): count for value, count in counts.rows})
    return view if rows else None


def enough_languages(listing: Listing) -> bool:
    """Of the whole catalogue where a job has counted it, else of the listed books."""
    if listing.stored:
        counts = listing.stored.facets.get("language")
        return bool(counts and counts.books * LANGUAGES_FROM >= listing.stored.books)
    counts, _ = listing.counts("language")
    books = listing.fit(listing.chosen.without("language")).counted.books
    return counts.books > 0 and counts.books * LANGUAGES_FROM >= len(books)


def in_order(name: str, numbers: dict[Value, int], most: int) -> list[Value]:
    """What has books: decades from the newest, states and availability as they are, all others by their books."""
    if name == "decade":
        return sorted(numbers, key=lambda value: -int(value))
    fixed = {"available": AVAILABLE, "state": STATES}.get(name)
    if fixed:
        return [value for value in fixed if numbers.get(value)]
    return nsmallest(most, numbers, key=lambda value: (value == NONE, -numbers[value], str(value)))


def labels_of(name: str, values: Iterable[Any]) -> dict[Any, str]:
    """In words; of what is gone since, nothing."""
    wanted = list(dict.fromkeys(value for value in values if value is not None))
    if name in LINKS:
        return dict(NAMES[name].objects.remaining().filter(pk__in=wanted).values_list("pk", "name"))
    if name == "room":
        return {value: NO_LOCATION if value == NONE else room_named(value) for value in wanted}
    if name == "decade":
        return {value: f"{value}s" for value in wanted}
    words: dict[Any, str] = {**AVAILABLE, **STATES} if name in ("available", "state") else {}
    return {value: str(words.get(value, value)) for value in wanted}


def room_named(room: str) -> str:
    """As somebody has written it."""
    places = Location.objects.filter(key=room) | Location.objects.filter(prefix("key", f"{room}\t"))
    return places.order_by("key").values_list("room", flat=True).first() or room


# Addresses


def address(
    params: QueryDict,
    more: Mapping[str, str] | None = None,
    drop: Iterable[tuple[str, Value]] = (),
    clear: Iterable[str] = (),
) -> str:
    """This list's address from its first page on, without some values, and with `more`."""
    rest = params.copy()
    for name in (*PAGE_PARAMETERS, MORE, SHEET, *clear):
        rest.pop(name, None)
    for name, value in drop:
        rest.setlist(name, [each for each in rest.getlist(name) if each != str(value)])
    for name, value in (more or {}).items():
        rest[name] = value
    return f"?{rest.urlencode()}"


ALL_FILTERS = (*LABELS, "location")
