"""A cart with very many rows: a page of it costs what any page costs.

Its figures are counted once in KEPT seconds, and with them where each piece of the pile begins; the numbers and the
neighbours of a page's rows are found in their own pieces and those beside them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Q

from task.books.carts.figures import Figures, Numbers
from task.books.carts.models import Cart, Scan
from task.face.drawing.pile import gathered

KEPT = 15  # seconds
PIECE = 100  # rows
STROKES = 100

Place = tuple[datetime, int]  # of a row in the pile


@dataclass
class Counted:
    figures: Figures
    starts: list[Place]  # of each piece


def counted(cart: Cart) -> Counted:
    found: Any = cache.get_or_set(name_of(cart.pk), lambda: count(cart), KEPT)
    return cast(Counted, found)


def forget(cart: int) -> None:
    """Somebody has changed a row, and wants to see it."""
    cache.delete(name_of(cart))


def name_of(cart: int) -> str:
    return f"cart-counted-{cart}"


def count(cart: Cart) -> Counted:
    figures, starts = Figures(), []
    scans: Any = cart.scans.with_state()
    rows = scans.in_pile().values_list("at", "pk", "shown")
    for place, (at, pk, state) in enumerate(rows.iterator(chunk_size=5_000)):
        if place % PIECE == 0:
            starts.append((at, pk))
        figures.add(state)
    figures.ranks = bytearray(gathered(figures.ranks, STROKES))
    return Counted(figures, starts)


def numbered(cart: Cart, scans: Sequence[Scan], starts: Sequence[Place]) -> Numbers:
    """These rows of the cart (one that has rows)."""
    numbers = Numbers({scan.pk for scan in scans})
    ranges = ranges_of({max(0, bisect_right(starts, (scan.at, scan.pk)) - 1) for scan in scans}, len(starts))
    within = Q()
    for first, behind in ranges:
        within |= since(starts[first]) & (~since(starts[behind]) if behind < len(starts) else Q())
    if not ranges:
        return numbers
    rows: Any = cart.scans.with_state()
    behind, number = 0, 0
    for at, pk, state in rows.filter(within).in_pile().values_list("at", "pk", "shown"):
        if number == 0 or (behind < len(starts) and (at, pk) >= starts[behind]):
            first, behind = ranges.pop(0)
            number = first * PIECE
            numbers.begin()
        number += 1
        numbers.add(pk, state, number)
    return numbers


def ranges_of(pieces: set[int], count: int) -> list[tuple[int, int]]:
    """These pieces and those beside them, as ranges that do not touch: (the first, the one behind the last)."""
    found: list[tuple[int, int]] = []
    for piece in sorted(pieces):
        first, behind = max(0, piece - 1), min(count, piece + 2)
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], behind)
        else:
            found.append((first, behind))
    return found


def since(place: Place) -> Q:
    """From this row on."""
    at, pk = place
    return Q(at__gte=at) & (Q(at__gt=at) | Q(pk__gte=pk))
