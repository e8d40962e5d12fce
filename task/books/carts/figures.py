"""What carts say in figures: one walk through their rows, in the order of the pile. Of very large ones: `large`."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from task.books.carts.models import NEEDS_WORK, Cart, Scan, ScanState
from task.books.models import RETRYABLE, Book
from task.face.drawing.pile import KINDS

MOST_EACH = 2_000  # rows of a cart that a list of carts reads: a page costs the same behind them
MOST_NEEDY = 500
LINKED = 20  # rows that need work, each with a link of its own

STROKES = {
    ScanState.FOUND: "on", ScanState.COPY: "on", ScanState.KNOWN: "lower", ScanState.NOT_FOUND: "outline",
    ScanState.FAILED: "outline", ScanState.REFUSED: "seam",
}  # fmt: skip
RANKS = {state: KINDS.index(STROKES.get(state, "stub")) for state in ScanState}
WITH_TITLE = (ScanState.FOUND, ScanState.COPY, ScanState.KNOWN)


@dataclass
class Figures:
    counts: Counter[str] = field(default_factory=Counter)
    ranks: bytearray = field(default_factory=bytearray)  # the look of each stroke of the pile, a scan or several
    needy: list[int] = field(default_factory=list)  # their numbers in the pile, the first of them
    capped: bool = False  # it has more rows than were read

    def add(self, state: str) -> None:
        self.counts[state] += 1
        self.ranks.append(RANKS[ScanState(state)])
        if state in NEEDS_WORK and len(self.needy) < LINKED:
            self.needy.append(self.total)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def needing_work(self) -> int:
        return sum(self.counts[state] for state in NEEDS_WORK)

    @property
    def more_needy(self) -> int:
        return self.needing_work - len(self.needy)

    @property
    def looking_up(self) -> int:
        return self.counts[ScanState.LOOKING_UP]

    @property
    def books(self) -> int:
        """Rows that have become a book or a copy."""
        return self.counts[ScanState.FOUND] + self.counts[ScanState.COPY]


@dataclass
class Numbers:
    """Of each row of `wanted` its number in the pile; of one that needs work its nearest neighbours with a title."""

    wanted: Collection[int]
    numbers: dict[int, int] = field(default_factory=dict)
    after: dict[int, int | None] = field(default_factory=dict)  # by the row's key, the key of the row before it
    before: dict[int, int | None] = field(default_factory=dict)  # and of the one behind it
    last: int | None = None
    open_ends: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """Another piece of the pile."""
        self.last = None
        self.open_ends.clear()

    def add(self, key: int, state: str, number: int) -> None:
        if key in self.wanted:
            self.numbers[key] = number
            if state in NEEDS_WORK:
                self.after[key] = self.last
                self.open_ends.append(key)
        if state in WITH_TITLE:
            self.last = key
            self.before |= dict.fromkeys(self.open_ends, key)
            self.open_ends.clear()


def walk(cart: Cart, wanted: Collection[int]) -> tuple[Figures, Numbers]:
    """One walk through a whole cart; of one with more rows than MOST_EACH only through these, and `capped`."""
    figures, numbers = Figures(), Numbers(wanted)
    scans: Any = cart.scans.with_state()
    for number, (key, state) in enumerate(scans.in_pile().values_list("pk", "shown")[: MOST_EACH + 1], 1):
        if number > MOST_EACH:
            figures.capped = True
            break
        figures.add(state)
        numbers.add(key, state, number)
    return figures, numbers


def figures_of(carts: Iterable[Cart]) -> dict[int, Figures]:
    """Of each of these carts (a page of them), by its key: two queries, and of each cart its first MOST_EACH rows."""
    found = {cart.pk: Figures() for cart in carts}
    own = Scan.objects.filter(cart=OuterRef("pk")).in_pile()
    ends = Cart.objects.filter(pk__in=found).annotate(
        end_at=Subquery(own.values("at")[MOST_EACH : MOST_EACH + 1]),
        end_id=Subquery(own.values("pk")[MOST_EACH : MOST_EACH + 1]),
    )
    within = Q()
    for key, at, pk in ends.values_list("pk", "end_at", "end_id"):
        found[key].capped = pk is not None
        within |= Q(cart=key) if pk is None else Q(cart=key) & (Q(at__lt=at) | Q(at=at, pk__lt=pk))
    if within:
        rows: Any = Scan.objects.filter(within).with_state().order_by("cart", "at", "id")
        for key, state in rows.values_list("cart", "shown").iterator(chunk_size=5_000):
            found[key].add(state)
    return found


def needy_carts(user: Any) -> list[int]:
    """Carts with something left to do that this person sees: of the MOST_NEEDY newest scans and books of each kind."""
    seen = Scan.objects.seen_by(user).filter(undone=None, dismissed=None)
    refused = seen.filter(effect=Scan.Effect.REFUSED).order_by("-id").values_list("cart", flat=True)[:MOST_NEEDY]
    books = Book.objects.filter(state__in=RETRYABLE).order_by("-id").values_list("pk", flat=True)[:MOST_NEEDY]
    needy = seen.filter(book__in=list(books)).exclude(effect=Scan.Effect.REFUSED).values_list("cart", flat=True)
    return list(dict.fromkeys([*refused, *needy.distinct()[:MOST_NEEDY]]))
