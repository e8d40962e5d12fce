"""Which books are counted, with what they have of each facet. The cost does not grow with the catalogue.

- A search gives at most MOST books, the best first; they alone are filtered and counted.
- Without a search the books of one filter are read from its index, READ at most: of those in the address the one that
  had the fewest when a job counted them. Where it is read to its end all behind it is exact. Where it is not, the list
  is read along its order, `walks.MOST_READ` rows a page, and counts are of what was read: they say “+”.
- Without either the counts are those that a job has counted (`stored`). Up to MOST books the page counts itself.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from task.books.changes import BY_HAND
from task.books.facets.choices import NONE, Chosen, Value, conditions, locations_of
from task.books.models import Book, BookAuthor, BookSubject, Link, Location

MOST = 2000  # books that are counted
READ = 4000  # books of one value that are looked at
LINKS: dict[str, type[Link]] = {"author": BookAuthor, "subject": BookSubject}
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
    def _left(self) -> tuple[set[int], dict[str, set[int]]]:
        return left_by(self.books, self.chosen, self.scope)

    def fitting(self, chosen: Chosen) -> list[int]:
        """In the same order what some of the filters leave; of `self.chosen` and no others."""
        if not chosen and not self.scope and self.driver in ("", SEARCH):
            return list(self.books)
        there, by = self._left
        for name in names_of(chosen):
            there = there & by[name]
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
    most = MOST + 1 if len(names_of(chosen)) + bool(scope) == 1 else READ
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
    there, by = left_by(books, chosen, {})
    there = there.intersection(*by.values())
    return [pk for pk in books if pk in there]


def left_by(books: Sequence[int], chosen: Chosen, scope: dict[str, Any]) -> tuple[set[int], dict[str, set[int]]]:
    """Of these books those in the catalogue, and of each filter those that it leaves.

    They are asked for by their keys and compared here: no planner can take another way.
    """
    left: dict[str, set[int]] = {}
    for name in LINKS.keys() & chosen.values.keys():
        links = LINKS[name]._base_manager.filter(**{f"{name}__in": chosen.values[name], "book__in": books})
        left[name] = set(links.values_list("book_id", flat=True))
    tests = {name: _test(name, values) for name, values in chosen.values.items() if name not in LINKS}
    if chosen.location:
        only = chosen.location.pk
        tests["location"] = (["location_id"], lambda location: location == only)
    columns = list(dict.fromkeys(column for needed, _ in tests.values() for column in needed))
    rows = list(Book.objects.filter(pk__in=books, **scope).values_list("pk", *columns))
    for name, (needed, test) in tests.items():
        places = [columns.index(column) + 1 for column in needed]
        left[name] = {row[0] for row in rows if test(*(row[place] for place in places))}
    return {row[0] for row in rows}, left


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
    """How many of some books have each value: three queries at most, each asked when it is needed."""

    def __init__(self, books: Sequence[int]) -> None:
        self.books = books
        self._rows: list[tuple[Any, ...]] | None = None

    def of(self, name: str) -> Counter[Value]:
        if name in LINKS:
            links = LINKS[name]._base_manager.filter(book__in=self.books)
            return Counter(links.values_list(f"{name}_id", flat=True))
        if self._rows is None:
            rows = Book.objects.filter(pk__in=self.books)
            self._rows = list(rows.values_list("copies", "location_id", "filing_year", "language", "state", "source"))
        copies, locations, years, languages, states, sources = (
            zip(*self._rows, strict=True) if self._rows else ((),) * 6
        )
        if name == "available":
            return +Counter[Value]({"yes": sum(map(bool, copies)), "no": copies.count(0)})
        if name == "room":
            rooms = rooms_of({place for place in locations if place is not None})
            return _summed(Counter(locations), lambda place: rooms.get(place, NONE))
        if name == "decade":
            return _summed(Counter(years), lambda year: year // 10 * 10 if year else "")
        if name == "language":
            return _summed(Counter(languages), str)
        return +Counter[Value]({**Counter(states), "by_hand": sources.count(BY_HAND)})


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
