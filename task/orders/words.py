"""By which words orders are found: written with each of them; what was here before is indexed by a job."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from task.kit.search.finding import words_of
from task.kit.search.matching import Index
from task.kit.search.upkeep import OLD_CODE, Behind
from task.orders.models import IndexedOrder, Order

INDEX = Index("orders_indexedorder", "order_id", words="orders_words", columns=("text",), shown=("order_id",))
A_STEP = 200


def index(order: Order) -> None:
    """In the transaction that makes it."""
    IndexedOrder.objects.bulk_create(rows_of([order]))


def rows_of(orders: Iterable[Order]) -> list[IndexedOrder]:
    return [IndexedOrder(order=order, text=_text(order)) for order in orders]


def _text(order: Order) -> str:
    book = order.book
    authors = (author.name for author in book.authors.all())
    words = (order.number, book.title, book.subtitle, *authors, book.number)
    return words_of(*words, isbn=book.isbn or "", owner=order.owner_id)


def is_due() -> bool:
    """Whether orders that were here before are still to be indexed: the oldest is the last one."""
    oldest = Order.objects.order_by("id").values("pk")[:1]
    return bool(oldest) and not IndexedOrder.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).exists()


def behind(after: Any) -> Behind:
    """From the newest one down, as the search says until the last one that not all of them are found by words.

    Later those of the last days, of which code may have made some that does not index them.
    """
    since = None if is_due() else timezone.now() - OLD_CODE
    orders = Order.objects.select_related("book").prefetch_related("book__authors").order_by("-id")
    while some := list((orders if after is None else orders.filter(pk__lt=after))[:A_STEP]):
        after = some[-1].pk
        there = set(IndexedOrder.objects.filter(pk__in=some).values_list("pk", flat=True))
        if new := [order for order in some if order.pk not in there]:
            yield rows_of(new), after
        if since and some[-1].created < since:
            return
