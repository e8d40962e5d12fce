"""What the palette finds of the orders: one by its number, else the newest by their words."""

from django.http import HttpRequest
from django.utils.html import format_html

from task.face.drawing.covers import cover
from task.face.drawing.times import when
from task.face.palette import Found, Row, found_of
from task.orders.filters import OrderFilter
from task.orders.models import Order


def orders(request: HttpRequest, text: str) -> Found:
    """As the list of orders finds them.

    One whose whole number was typed comes before all else.
    """
    own = Order.objects.seen_by(request.user).for_page().with_authors()
    if "-" in text and (order := own.called(text).first()):
        return Found(offers=[row_of(order)])
    found = OrderFilter({"q": text}, queryset=own, request=request)
    return found_of(found.qs.order_by("-id"), row_of)


def row_of(order: Order) -> Row:
    return Row(
        str(order),
        order.get_absolute_url(),
        detail=format_html("{} of {}, {}", order.copies, order.book.heading, when(order.created)),
        picture=cover(order.book.title, order.book.author_names, order.book.number),
        state=str(order.state),
    )
