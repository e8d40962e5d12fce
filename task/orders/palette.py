"""What the palette finds of the orders: one by its number, else the newest by their words."""

from django.http import HttpRequest
from django.utils.html import format_html

from task.face.drawing.covers import cover
from task.face.drawing.times import when
from task.face.palette import SHOWN, Found, Row
from task.orders.filters import OrderFilter
from task.orders.models import Order

COUNTED = 100  # further than that nobody counts


def orders(request: HttpRequest, text: str) -> Found:
    """As the list of orders finds them.

    One whose whole number was typed comes before all else.
    """
    own = Order.objects.seen_by(request.user).for_page().with_authors()
    if "-" in text and (order := own.called(text).first()):
        return Found(offers=[row_of(order)])
    found = OrderFilter({"q": text}, queryset=own, request=request)
    newest = found.qs.order_by("-id")
    rows = list(newest[: SHOWN + 1])
    count = len(rows) if len(rows) <= SHOWN else len(newest.values_list("pk")[: COUNTED + 1])
    words = f"more than {COUNTED}" if count > COUNTED else str(count)
    return Found([row_of(order) for order in rows[:SHOWN]], words)


def row_of(order: Order) -> Row:
    return Row(
        str(order),
        order.get_absolute_url(),
        detail=format_html("{} of {}, {}", order.copies, order.book.heading, when(order.created)),
        picture=cover(order.book.title, order.book.author_names, order.book.number),
        state=str(order.state),
    )
