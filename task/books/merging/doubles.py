"""Names that may be one, side by side. They are found along the index of near keys, a stretch of it a page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from django.db.models import OuterRef, Subquery

from task.books.counts import FirstCount
from task.books.merging.models import NoDouble
from task.books.merging.moving import tables_of
from task.books.models import Book, Named
from task.books.models.near import Parts, are_near, may_be_one, parts

READ = 10_000  # names of a page, at most
A_PAGE = 12  # pairs, and those of the last group
A_GROUP = 40  # names of one near key that a name is compared with
OF_A_GROUP = 30  # pairs of one near key; once they are merged or dismissed the next ones are shown
AT_ONCE = 200  # pairs of which one query asks whether they were dismissed
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
    """The pairs of a page, and where the next one begins; "" where there is none.

    `more_like` is a name that has more pairs than are shown.
    """

    pairs: list[tuple[Side, Side]]
    next_after: str
    more_like: str = ""


def doubles(target: str, after: str = "") -> Doubles:
    rows, has_more = _stretch(target, after)
    if not rows:
        return Doubles([], "")
    found: list[Keys] = []
    last, of_last, is_cut = "", 0, False
    for key, pair in _left(target, _pairs(target, rows)):
        if key != last:
            if len(found) >= A_PAGE:
                has_more = True
                break
            last, of_last = key, 0
        elif of_last == OF_A_GROUP:
            has_more, is_cut = key < rows[-1][0] or has_more, True
            break
        found.append(pair)
        of_last += 1
    else:
        last = rows[-1][0]
    there = sides(target, {pk for pair in found for pk in pair})
    more_like = there[found[-1][0]].named.name if is_cut else ""
    return Doubles([(there[one], there[other]) for one, other in found], last if has_more else "", more_like)


def _stretch(target: str, after: str) -> tuple[list[Any], bool]:
    """Near key, id and name of the next names, and whether there are more. Of each near key all, where READ allows."""
    table, _ = tables_of(target)
    names = table.objects.remaining().filter(near_key__gt=after.replace("\0", "")).order_by("near_key", "id")
    rows = list(names.values_list("near_key", "pk", "name")[: READ + 1])
    has_more = len(rows) > READ
    if has_more and rows[0][0] != rows[-1][0]:
        rows = [row for row in rows if row[0] != rows[-1][0]]
    return rows, has_more


def _pairs(target: str, rows: Iterable[Any]) -> Iterator[tuple[str, Keys]]:
    for key, group in groupby(rows, key=lambda row: row[0]):
        names = [(pk, name) for _, pk, name in group]
        if len(names) > 1:
            yield from ((key, pair) for pair in pairs_of(target, names))


def pairs_of(target: str, names: Sequence[tuple[int, str]]) -> Iterator[Keys]:
    """Of one near key. Each is compared with the A_GROUP that follow it, people in the order of their given names."""
    is_person = target != "subject"
    known: list[tuple[Parts, int]] = [(parts(name) if is_person else ("", ()), pk) for pk, name in names]
    known.sort(key=lambda each: each[0])
    for place, (own, one) in enumerate(known, 1):
        for others, other in known[place : place + A_GROUP]:
            if not is_person or may_be_one(own, others):
                yield one, other


def _left(target: str, pairs: Iterator[tuple[str, Keys]]) -> Iterator[tuple[str, Keys]]:
    """Without those that stay two. One query asks for many pairs, however many were dismissed."""
    while some := list(islice(pairs, AT_ONCE)):
        there = set(left(target, [pair for _, pair in some]))
        yield from (each for each in some if each[1] in there)


def left(target: str, pairs: Iterable[Keys]) -> list[Keys]:
    """Without those of which somebody keeps both."""
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
