"""What the scan page shows: the last scan on its plate, those before it, what needs work, and the cart."""

from typing import Any

from task.books.carts.accept import current
from task.books.carts.figures import figures_of
from task.books.carts.forms import CartForm
from task.books.carts.models import NEEDS_WORK, Cart, Scan, ScanState
from task.books.carts.rows import rows_of
from task.books.pauses import set_pauses
from task.books.photos.models import Photo

SHOWN = 12  # below the plate
NEEDY = 8
CARTS = 3
AN_HOUR = 3600
SHORT = 60  # seconds, too few to tell how many an hour that is
FIGURES = {
    ScanState.FOUND: "found",
    ScanState.COPY: "copies",
    ScanState.KNOWN: "in the catalogue",
    ScanState.NOT_FOUND: "not found",
    ScanState.FAILED: "failed",
    ScanState.REFUSED: "refused",
}


def scan_page(user: Any) -> dict[str, Any]:
    """Of the person's current cart; without one, of the last carts."""
    cart = current(user)
    if cart is None:
        return {"cart": None, "carts": last_carts(user)}
    newest: Any = cart.scans.for_rows().order_by("-at", "-id")
    scans: list[Scan] = list(newest[: SHOWN + 1])
    shown = {scan.pk for scan in scans}
    needy: list[Scan] = list(newest.filter(shown__in=NEEDS_WORK)[:NEEDY])
    rows, figures = rows_of(cart, [*scans, *(scan for scan in needy if scan.pk not in shown)], user)
    set_pauses([row.book for row in rows if row.book])
    photos = Photo.objects.filter(cart=cart, read_at=None).count()
    by_key = {row.scan.pk: row for row in rows}
    last = [by_key[scan.pk] for scan in scans]
    return {
        "cart": cart,
        "cart_form": CartForm.of(cart),
        "figures": [(state, words, figures.counts[state]) for state, words in FIGURES.items() if figures.counts[state]],
        "scanned": figures.total,
        "plate": last[0] if last else None,
        "rows": last,
        "carts": [] if len(last) > 1 else last_carts(user, besides=cart),
        "more": figures.total - len(last),
        "needy": [by_key[scan.pk] for scan in needy],
        "needing_work": figures.needing_work,
        "shown": shown,
        "looking_up": figures.looking_up,
        "an_hour": an_hour(cart, figures.total),
        "photos": photos,
        "waits": photos > 0 or any(row.state == ScanState.LOOKING_UP for row in last),
    }


def an_hour(cart: Cart, scanned: int) -> int:
    """Books an hour, once there is something to tell."""
    seconds = (cart.last_scan - cart.started).total_seconds()
    return round(scanned * AN_HOUR / seconds) if seconds >= SHORT else 0


def last_carts(user: Any, besides: Cart | None = None) -> list[Cart]:
    own = Cart.objects.filter(owner=user.pk).exclude(pk=besides.pk if besides else 0)
    carts: list[Any] = list(own.order_by("-started", "-id")[:CARTS])
    figures = figures_of(carts)
    for cart in carts:
        cart.figures = figures[cart.pk]
    return carts


def caught(user: Any) -> dict[str, Any]:
    """The words on a page that is not the scan page: the last scan, and its number in the cart."""
    cart = current(user)
    last = list(cart.scans.for_rows().order_by("-at", "-id")[:1]) if cart else []
    if not cart or not last:
        return {"row": None}
    return {"cart": cart, "row": rows_of(cart, last, user)[0][0]}


def last_scan(user: Any) -> Scan | None:
    """For the home page."""
    rows: Any = Scan.objects.filter(owner=user.pk, undone=None, dismissed=None)
    scan: Scan | None = rows.for_rows().order_by("-id").first()
    return scan
