"""Which books are counted, with what they have of each facet. The cost does not grow with the catalogue.

- A search gives at most MOST books, the best first; they alone are filtered and counted.
- Without a search the books of one filter are read from its index, READ at most: of those in the address the one that
  had the fewest when a job counted them. Where it is read to its end all behind it is exact. Where it is not, the list
  is read along its order, `walks.MOST_READ` rows a page, and counts are of what was read: they say “+”.
- Without either the counts are those that a job has counted (`stored`). Up to MOST books the page counts itself.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import compress
from typing import Any

from task.books.changes import BY_HAND
from task.books.facets.choices import NONE, Chosen, Value, conditions, locations_of
from task.books.models import Book, BookAuthor, BookSubject, Link, Location
from task.kit.one_of import one_of

MOST = 2000  # books that are counted
READ = 4000  # books of one value that are looked at, where this may be all that have it
LINKS: dict[str, type[Link]] = {"author": BookAuthor, "subject": BookSubject}
TRAITS = ("pk", "copies", "location_id", "filing_year", "language", "state", "source")  # columns that filters know
Traits = dict[int, Sequence[Any]]  # of each book
SEARCH = "search"  # the driver of what was searched for
# As selective as they mostly are: which is read first.
DRIVERS = ("author", "subject", "language", "decade", "room", "state", "available")


def of_value(name: str, value: Value, most: int) -> Any:
    """The newest books with a value, along its index; of all that have it, removed ones too."""
    if name in LINKS:
        links = LINKS[name]._base_manager.filter(**{name: value}).order_by("-book_id")
        return links.values_list("book_id", flat=True)[:most]
    books = Book.objects.filter(conditions(name, [value]))
    return books.order_by().values_list("pk", flat=True)[:most]


class Candidates:
    """Some books, and which of them each filter leaves: asked once, for all that a page counts.

    `driver` is the filter of whose values they are, "" for none; `is_exact` says whether they are all of these.
    """

    def __init__(
        self, books: Sequence[int], chosen: Chosen, scope: dict[str, Any], is_exact: bool = True, driver: str = ""
    ) -> None:
        self.books, self.chosen, self.scope, self.is_exact, self.driver = books, chosen, scope, is_exact, driver

    @cached_property
    def traits(self) -> Traits:
        return traits_of(self.books, self.scope)

    @cached_property
    def _left(self) -> dict[str, set[int]]:
        return {name: left_by(name, self.chosen, self.traits) for name in names_of(self.chosen)}

    def fitting(self, chosen: Chosen) -> list[int]:
        """In the same order what some of the filters leave; of `self.chosen` and no others."""
        if not chosen and not self.scope and self.driver in ("", SEARCH):
            return list(self.books)
        there = set(self.traits).intersection(*(self._left[name] for name in names_of(chosen)))
        return [pk for pk in self.books if pk in there]


def names_of(chosen: Chosen) -> list[str]:
    return [*chosen.values, *(["location"] if chosen.location else [])]


def gather(chosen: Chosen, scope: dict[str, Any], sizes: dict[str, int] | None = None) -> tuple[str, list[int], bool]:
    """The filter whose books are read, these books, and whether they are all that have it.

    `scope`: equal columns with an index, besides. `sizes`: how many books each filter left when a job counted them:
    the smallest is read, and no other in vain.
    """
    sources: dict[str, Any] = {}
    if scope:
        sources["scope"] = lambda most: Book.objects.filter(**scope).values_list("pk", flat=True)[:most]
    if chosen.location:
        there = Book.objects.filter(location=chosen.location).values_list("pk", flat=True)
        sources["location"] = lambda most: there[:most]
    for name in DRIVERS:
        if name in chosen.values and (name != "available" or chosen.values[name] == ("no",)):  # most are available
            sources[name] = lambda most, name=name: _of_any(name, chosen.values[name], most)
    order = sorted(sources, key=lambda name: sizes.get(name, 0)) if sizes else list(sources)
    several = len(names_of(chosen)) + bool(scope) > 1
    is_sample = bool(sizes and order and sizes.get(order[0], 0) > READ)
    most = READ if several and not is_sample else MOST + 1
    first: tuple[str, list[int], bool] | None = None
    for name in order:
        found = list(dict.fromkeys(sources[name](most + 1)))
        if len(found) <= most:
            return name, found, True
        first = first or (name, found[:most], False)
        if sizes:
            break
    if first is None:
        most = READ if chosen else MOST
        found = list(Book.objects.order_by("-id").values_list("pk", flat=True)[: most + 1])
        first = "", found[:most], len(found) <= most
    return first


def _of_any(name: str, values: Sequence[Value], most: int) -> list[int]:
    return [pk for value in values for pk in of_value(name, value, most)]


def fitting(books: Sequence[int], chosen: Chosen) -> list[int]:
    """Of these books, in the same order, those in the catalogue that `chosen` leaves."""
    traits = traits_of(books)
    for name in sorted(names_of(chosen), key=LINKS.__contains__):  # links are asked for of what the others leave
        there = left_by(name, chosen, traits)
        traits = {pk: row for pk, row in traits.items() if pk in there}
    return [pk for pk in books if pk in traits]


def traits_of(books: Iterable[int], scope: dict[str, Any] | None = None) -> Traits:
    """Of these books those in the catalogue, by their keys.

    They are asked for by their keys and compared here: no planner can take another way.
    """
    rows = Book.objects.filter(one_of("pk", books), **(scope or {})).values_list(*TRAITS)
    return {row[0]: row for row in rows}


def left_by(name: str, chosen: Chosen, traits: Traits) -> set[int]:
    """Which of these books one of the filters leaves."""
    columns = columns_of(traits.values())
    if name == "location":
        only = chosen.location.pk if chosen.location else None
        return {pk for pk, place in zip(traits, columns["location_id"], strict=True) if place == only}
    values = chosen.values[name]
    if name in LINKS:
        links = LINKS[name]._base_manager.filter(one_of("book", traits), **{f"{name}__in": values})
        return set(links.values_list("book_id", flat=True))
    needed, test = _test(name, values)
    return set(compress(traits, map(test, *(columns[column] for column in needed))))


def columns_of(rows: Collection[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    return dict(zip(TRAITS, zip(*rows, strict=True) if rows else [()] * len(TRAITS), strict=True))


def _test(name: str, values: Sequence[Value]) -> tuple[list[str], Any]:
    """The columns of a book that say whether it has one of these values, and the test of theirs."""
    wanted = set(values)
    if name == "available":
        return ["copies"], lambda copies: ("yes" if copies else "no") in wanted
    if name == "room":
        there: set[Any] = {*locations_of(values), *([None] if NONE in wanted else [])}
        return ["location_id"], lambda location: location in there
    if name == "decade":
        return ["filing_year"], lambda year: year > 0 and year // 10 * 10 in wanted
    if name == "language":
        return ["language"], lambda language: language in wanted
    by_hand = "by_hand" in wanted
    return ["state", "source"], lambda state, source: state in wanted or (by_hand and source == BY_HAND)


class Counted:
    """How many of some books have each value."""

    def __init__(self, books: Sequence[int], candidates: Candidates) -> None:
        self.books, self.candidates = books, candidates

    @cached_property
    def _columns(self) -> dict[str, Sequence[Any]]:
        traits = self.candidates.traits
        return columns_of([traits[pk] for pk in self.books if pk in traits])

    def of(self, name: str) -> Counter[Value]:
        if name in LINKS:
            links = LINKS[name]._base_manager.filter(one_of("book", self.books))
            return Counter(links.values_list(f"{name}_id", flat=True))
        columns = self._columns
        if name == "available":
            copies = columns["copies"]
            return +Counter[Value]({"yes": sum(map(bool, copies)), "no": copies.count(0)})
        if name == "room":
            places = Counter(columns["location_id"])
            rooms = rooms_of(place for place in places if place is not None)
            return _summed(places, lambda place: rooms.get(place, NONE))
        if name == "decade":
            return _summed(Counter(columns["filing_year"]), lambda year: year // 10 * 10 if year else "")
        if name == "language":
            return _summed(Counter(columns["language"]), str)
        return +Counter[Value]({**Counter(columns["state"]), "by_hand": columns["source"].count(BY_HAND)})


def _summed(counts: Counter[Any], value_of: Any) -> Counter[Value]:
    """Each value with the counts of all that stand for it; "" is none."""
    found: Counter[Value] = Counter()
    for each, count in counts.items():
        found[value_of(each)] += count
    del found[""]
    return found


def rooms_of(locations: Iterable[int]) -> dict[int, str]:
    """The folded name of each location's room."""
    rows = Location.objects.filter(pk__in=list(locations)).values_list("pk", "key")
    return {pk: key.partition("\t")[0] for pk, key in rows}
