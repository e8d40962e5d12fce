"""Which books are counted, with what they have of each facet. The cost does not grow with the catalogue.

- A search gives at most MOST books, the best first; they alone are filtered and counted.
- Without a search the values of one facet are read from their index, READ books at most: of the facets in the address
  the first that is read to its end, so that everything behind it is exact. Where none is, the list is read along its
  order (`kit.walks`), and counts are of what was read: they say “+”.
- Without either the counts are those that a job has counted (`stored`). Up to MOST books the page counts itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from task.books.changes import BY_HAND
from task.books.facets.choices import NONE, Chosen, Value, conditions
from task.books.models import Book, BookAuthor, BookSubject, Link, Location

MOST = 2000  # books that are counted
READ = 4000  # books of one value that are looked at
LINKS: dict[str, type[Link]] = {"author": BookAuthor, "subject": BookSubject}
# As selective as they mostly are: which is read first.
DRIVERS = ("author", "subject", "language", "decade", "room", "state", "available")


def of_value(name: str, value: Value, most: int) -> Any:
    """The newest books with a value, along its index; of all that have it, removed ones too."""
    if name in LINKS:
        links = LINKS[name]._base_manager.filter(**{name: value}).order_by("-book_id")
        return links.values_list("book_id", flat=True)[:most]
    books = Book.objects.filter(conditions(name, [value]))
    return books.order_by().values_list("pk", flat=True)[:most]


def gather(chosen: Chosen, scope: dict[str, Any] | None = None) -> tuple[list[int], bool]:
    """Books among which all are that `chosen` leaves, and whether that is so. `scope`: equal columns with an index."""
    sources: list[Any] = []
    if scope:
        sources.append(lambda most: Book.objects.filter(**scope).values_list("pk", flat=True)[:most])
    if chosen.location:
        sources.append(lambda most: Book.objects.filter(location=chosen.location).values_list("pk", flat=True)[:most])
    for name in DRIVERS:
        if name in chosen.values and (name != "available" or chosen.values[name] == ("no",)):  # most are available
            sources.append(lambda most, name=name: _of_any(name, chosen.values[name], most))
    is_one = len(chosen.values) + bool(chosen.location) + bool(scope) == 1
    most = MOST + 1 if is_one else READ
    first: list[int] | None = None
    for source in sources:
        found = list(dict.fromkeys(source(most + 1)))
        if len(found) <= most:
            return found, True
        first = first or found[:most]
    if first is None:
        most = READ if chosen else MOST
        first = list(Book.objects.order_by("-id").values_list("pk", flat=True)[: most + 1])
        return first[:most], len(first) <= most
    return first, False


def _of_any(name: str, values: Sequence[Value], most: int) -> list[int]:
    return [pk for value in values for pk in of_value(name, value, most)]


class Sample:
    """Some books with what they have: three queries at most, each asked when it is needed."""

    def __init__(self, books: Sequence[int], scope: dict[str, Any] | None = None) -> None:
        rows = Book.objects.filter(pk__in=books, **(scope or {})).values_list(
            "pk", "copies", "location_id", "filing_year", "language", "state", "source"
        )
        self.rows = {row[0]: row for row in rows}
        self.books = [pk for pk in books if pk in self.rows]
        self._had: dict[str, dict[int, tuple[Value, ...]]] = {}

    def had(self, name: str) -> dict[int, tuple[Value, ...]]:
        """By book its values of a facet."""
        if name not in self._had:
            self._had[name] = self._links(name) if name in LINKS else getattr(self, f"_{name}")()
        return self._had[name]

    def fitting(self, chosen: Chosen) -> list[int]:
        books = self.books
        if chosen.location:
            books = [pk for pk in books if self.rows[pk][2] == chosen.location.pk]
        for name, values in chosen.values.items():
            wanted, had = set(values), self.had(name)
            books = [pk for pk in books if not wanted.isdisjoint(had.get(pk, ()))]
        return books

    def _links(self, name: str) -> dict[int, tuple[Value, ...]]:
        pairs = LINKS[name]._base_manager.filter(book__in=self.books).values_list("book_id", f"{name}_id")
        found: dict[int, tuple[Value, ...]] = {}
        for book, value in pairs:
            found[book] = (*found.get(book, ()), value)
        return found

    def _available(self) -> dict[int, tuple[Value, ...]]:
        return {pk: ("yes",) if row[1] else ("no",) for pk, row in self.rows.items()}

    def _room(self) -> dict[int, tuple[Value, ...]]:
        rooms = rooms_of({row[2] for row in self.rows.values()} - {None})
        return {pk: (rooms.get(row[2], NONE),) for pk, row in self.rows.items()}

    def _decade(self) -> dict[int, tuple[Value, ...]]:
        return {pk: (row[3] // 10 * 10,) for pk, row in self.rows.items() if row[3]}

    def _language(self) -> dict[int, tuple[Value, ...]]:
        return {pk: (row[4],) for pk, row in self.rows.items() if row[4]}

    def _state(self) -> dict[int, tuple[Value, ...]]:
        return {pk: (row[5], "by_hand") if row[6] == BY_HAND else (row[5],) for pk, row in self.rows.items()}


def rooms_of(locations: Iterable[int]) -> dict[int, str]:
    """The folded name of each location's room."""
    rows = Location.objects.filter(pk__in=list(locations)).values_list("pk", "key")
    return {pk: key.partition("\t")[0] for pk, key in rows}
