"""Names that may be one, side by side. They are found along the index of near keys, a stretch of it a page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby
from typing import Any

from django.db.models import OuterRef, Subquery

from task.books.counts import FirstCount
from task.books.merging.models import NoDouble
from task.books.merging.moving import tables_of
from task.books.models import Book, Named
from task.books.models.near import are_near

READ = 10_000  # names of a page, at most
A_PAGE = 12  # pairs, and those of the last group
A_GROUP = 40  # names of one near key that are compared
OF_A_GROUP = 30  # pairs of it
TITLES = 3
COUNTED = 1_000  # books of a name
SHOWN = 3  # that a name's page offers

Keys = tuple[int, int]


@dataclass
class Side:
    """One of two names, with some of its books."""

    named: Named
    count: int
    books: list[Book] = field(default_factory=list)

    @property
    def count_words(self) -> str:
        if self.count > COUNTED:
            return f"more than {COUNTED:,} books"
        return f"{self.count:,} book{'' if self.count == 1 else 's'}"


@dataclass
class Doubles:
    """The pairs of a page, and where the next one begins; "" where there is none."""

    pairs: list[tuple[Side, Side]]
    next_after: str


def doubles(target: str, after: str = "") -> Doubles:
    table, _ = tables_of(target)
    rows = list(
        table.objects.remaining()
        .filter(near_key__gt=after.replace("\0", ""))
        .order_by("near_key", "id")
        .values_list("near_key", "pk", "name")[: READ + 1]
    )
    has_more = len(rows) > READ
    found: list[Keys] = []
    last = rows[-1][0] if rows else ""
    for key, pairs in _groups(target, rows, has_more):
        found += left(target, pairs)
        if len(found) >= A_PAGE:
            has_more, last = key < last or has_more, key
            break
        if has_more:
            last = key
    there = sides(target, {pk for pair in found for pk in pair})
    return Doubles([(there[one], there[other]) for one, other in found], last if has_more else "")


def _groups(target: str, rows: Sequence[Any], has_more: bool) -> Iterator[tuple[str, list[Keys]]]:
    """By near key the pairs that it has. The last key of a stretch belongs to the next one, unless it is the only."""
    end = rows[-1][0] if rows and has_more and rows[0][0] != rows[-1][0] else None
    for key, group in groupby(rows, key=lambda row: row[0]):
        if key == end:
            return
        yield key, pairs_of(target, [(pk, name) for _, pk, name in group])


def pairs_of(target: str, names: Sequence[tuple[int, str]]) -> list[Keys]:
    pairs = (
        (one, other)
        for (one, name), (other, other_name) in combinations(names[:A_GROUP], 2)
        if target == "subject" or are_near(name, other_name)
    )
    return [pair for pair, _ in zip(pairs, range(OF_A_GROUP), strict=False)]


def left(target: str, pairs: Iterable[Keys]) -> list[Keys]:
    """Without those of which somebody said that they are two."""
    some = list(pairs)
    if not some:
        return []
    keys = {pk for pair in some for pk in pair}
    said = NoDouble.objects.filter(target=target, one__in=keys, other__in=keys)
    gone = set(said.values_list("one", "other"))
    return [pair for pair in some if tuple(sorted(pair)) not in gone]


def near(named: Named) -> list[Named]:
    """Other names that may be the same as this one."""
    target = str(named._meta.model_name)
    table, _ = tables_of(target)
    key = named.near_key  # type: ignore[attr-defined]
    if not key:
        return []
    others = {row.pk: row for row in table.objects.remaining().filter(near_key=key).order_by("id")[: A_GROUP + 1]}
    others.pop(named.pk, None)
    fitting = [row for row in others.values() if target == "subject" or are_near(named.name, row.name)]
    pairs = left(target, [(named.pk, row.pk) for row in fitting])
    return [others[pk] for _, pk in pairs[:SHOWN]]


def sides(target: str, keys: Iterable[int]) -> dict[int, Side]:
    """Two queries, however many."""
    table, links = tables_of(target)
    own = links._default_manager.filter(**{links.target: OuterRef("pk")}).order_by("-book")
    newest = {f"book_{place}": Subquery(own.values("book")[place : place + 1]) for place in range(TITLES)}
    rows = table.objects.filter(pk__in=list(keys)).annotate(
        count=FirstCount(own.order_by().values("pk")[: COUNTED + 1]), **newest
    )
    found = {row.pk: (row, [getattr(row, name) for name in newest if getattr(row, name)]) for row in rows}
    wanted = {pk for _, books in found.values() for pk in books}
    books = Book.objects.only("number", "title", "publish_date").in_bulk(wanted)
    return {pk: Side(row, row.count, [books[key] for key in own if key in books]) for pk, (row, own) in found.items()}
