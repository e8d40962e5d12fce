"""What carts bring to a member's home page: the current one, and what needs work, grouped by cart."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from task.books.carts import accept
from task.books.carts.figures import WITH_TITLE, figures_of
from task.books.carts.models import NEEDS_WORK, Cart, Scan, ScanState
from task.books.home import LAST, NEEDY, last_books, needy_among
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]
ORDER = (ScanState.FAILED, ScanState.NOT_FOUND, ScanState.REFUSED)
GROUPS = 6  # rows on the page; the list of carts has the others


@dataclass
class Matter:
    """Scans of one cart that need the same."""

    cart: Cart
    state: ScanState
    scans: list[tuple[Scan, str]] = field(default_factory=list)  # each with the title of the book before it

    @property
    def one(self) -> Scan:
        return self.scans[0][0]


def last_scans(user: Any) -> list[Scan]:
    """The person's LAST newest, in the order of their piles."""
    own = [f.attname for f in Scan._meta.concrete_fields]
    book = [f"book__{name}" for name in ("isbn", "number", "title", "state", "reason", "job", "removed_at", "cover")]
    cart = [f"cart__{name}" for name in ("name", "started", "owner")]
    rows: Any = Scan.objects.filter(owner=user.pk).with_state().select_related("book", "cart")
    scans = list(rows.only(*own, *book, *cart).order_by("-id")[:LAST])
    return sorted(scans, key=lambda scan: (scan.at, scan.pk))


def matters_of(scans: list[Scan], user: Any) -> list[Matter]:
    """What needs work of them, the newest cart first."""
    failed = jobs_that_failed(scans, user)
    found: dict[tuple[int, ScanState], Matter] = {}
    last: dict[int, str] = {}
    for scan in scans:
        if scan.state in WITH_TITLE and scan.book:
            last[scan.cart_id] = scan.book.heading
        elif scan.state in NEEDS_WORK and not (scan.book and scan.book.job_id in failed):
            matter = found.setdefault((scan.cart_id, scan.state), Matter(scan.cart, scan.state))
            matter.scans.append((scan, last.get(scan.cart_id, "")))
    return sorted(found.values(), key=lambda matter: (-matter.cart.started.timestamp(), ORDER.index(matter.state)))


def jobs_that_failed(scans: list[Scan], user: Any) -> set[Any]:
    """Their retry looks the books up, and their dismissal leaves them: no matter of the cart's."""
    keys = {scan.book.job_id for scan in scans if scan.state == ScanState.FAILED and scan.book and scan.book.job_id}
    return set(Job.objects.owned_by(user).failed().filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()


def attention(request: HttpRequest) -> Panel | None:
    """Of the person's last scans those that need work; of books that no cart has, those that were not found."""
    scans = last_scans(request.user)
    matters = matters_of(scans, request.user)
    books = dict(other_books(request.user, {scan.book_id for scan in scans}))
    count = sum(len(matter.scans) for matter in matters) + sum(map(len, books.values()))
    if not count:
        return None
    shown = {"matters": matters[:GROUPS], "more": max(0, len(matters) - GROUPS), "groups": books, "count": count}
    return "carts/_home_attention.html", shown


def other_books(user: Any, in_carts: set[int | None]) -> Iterator[tuple[str, list[Any]]]:
    """Of before there were carts, or by a program."""
    last = [book for book in last_books(user) if book.pk not in in_carts]
    for state in NEEDY:
        if books := needy_among(last, user, state):
            yield state, books


def current(request: HttpRequest) -> Panel | None:
    cart = accept.current(request.user)
    if cart is None:
        return None
    figures = figures_of([cart])[cart.pk]
    return "carts/_home.html", {"cart": cart, "figures": figures, "live": bool(figures.looking_up)}
