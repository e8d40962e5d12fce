"""The counts of the whole catalogue: a job has counted them. Nothing that orders, scans or look-ups do writes here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, QuerySet

from task.books.changes import BY_HAND
from task.books.facets.candidates import LINKS, MOST, rooms_of
from task.books.facets.choices import NONE, Value
from task.books.models import Book, Facet
from task.jobs import Now, Run, job

KEPT = 200  # values of a facet: those with the most books
ALL = "all"  # the row that has the number of books

Rows = list[tuple[Value, int]]


@dataclass(frozen=True)
class Counts:
    """`rows` are the values with the most books; `values` and `books` say how many there are besides."""

    rows: Rows
    values: int
    books: int


@dataclass(frozen=True)
class Stored:
    books: int
    counted: datetime
    facets: dict[str, Counts]


def stored() -> Stored | None:
    """The last count; None for a catalogue that was never counted, or that is so small that the page counts it."""
    found = {row.name: row for row in Facet.objects.all()}
    whole = found.pop(ALL, None)
    if whole is None or whole.books <= MOST:
        return None
    facets = {
        name: Counts([(value, count) for value, count in row.rows], row.values, row.books)
        for name, row in found.items()
    }
    return Stored(whole.books, whole.counted, facets)


@job("books.count_facets", title="Count the books of each filter")
def count_facets(run: Run) -> None:
    """One pass over each index."""
    counted = dict(count_all())
    with run.finish("Books counted."):
        for name, counts in counted.items():
            row = {"rows": counts.rows, "values": counts.values, "books": counts.books, "counted": Now()}
            Facet.objects.update_or_create(name=name, defaults=row)


def count_all() -> Iterator[tuple[str, Counts]]:
    books = Book.objects.order_by()
    total, out = books.count(), books.filter(copies=0).count()
    yield ALL, Counts([], 0, total)
    yield "available", ranked([("yes", total - out), ("no", out)])
    yield "state", ranked([*by(books, "state"), ("by_hand", books.filter(source=BY_HAND).count())])
    yield "language", ranked(by(books.exclude(language=""), "language"))
    decades: dict[Value, int] = {}
    for year, count in by(books.filter(filing_year__gt=0), "filing_year"):
        decades[int(year) // 10 * 10] = decades.get(int(year) // 10 * 10, 0) + count
    yield "decade", ranked(list(decades.items()))
    places = by(books, "location")
    names = rooms_of(place for place, _ in places if place)
    rooms: dict[Value, int] = {}
    for place, count in places:
        room = names.get(place, NONE)
        rooms[room] = rooms.get(room, 0) + count
    yield "room", ranked(list(rooms.items()))
    for name, links in LINKS.items():
        some = links._default_manager.order_by().values_list(f"{name}_id")
        most = list(some.annotate(count=Count("pk")).order_by("-count", f"{name}_id")[:KEPT])
        yield name, Counts(most, some.distinct().count(), 0)


def by(books: QuerySet[Any], column: str) -> list[tuple[Any, int]]:
    return list(books.values_list(column).annotate(count=Count("pk")).values_list(F(column), "count"))


def ranked(rows: list[tuple[Any, int]]) -> Counts:
    some = sorted(((value, count) for value, count in rows if count), key=lambda row: (-row[1], str(row[0])))
    return Counts(some[:KEPT], len(some), sum(count for _, count in some))
