"""What the jobs of orders are about: copies of a book, by whose ISBN or title they are found."""

from collections.abc import Sequence
from uuid import UUID

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.pages.topics import MOST
from task.orders.models import NUMBER, Order
from task.orders.search import titled

BOOKS = 25  # whose titles begin with what was typed


def words_of(ids: Sequence[UUID]) -> dict[UUID, str]:
    numbers = {}
    for pk, arguments in Job.objects.filter(pk__in=ids).values_list("pk", "arguments"):
        if number := NUMBER.fullmatch(str(arguments.get("order", ""))):
            numbers[pk] = int(number["place"])
    orders = Order.objects.for_page().in_bulk({*numbers.values()})
    return {pk: f"{order.copies} of {order.book.heading}" for pk, key in numbers.items() if (order := orders.get(key))}


def jobs_about(text: str) -> list[UUID]:
    books = list(Book.objects.numbered(text).values_list("pk", flat=True)[:1])
    books = books or list(titled(text).values_list("pk", flat=True)[:BOOKS])
    orders = Order.objects.filter(book__in=books).order_by("-id").values_list("job_id", "ended_job_id")
    return [pk for pair in orders[: MOST // 2] for pk in pair if pk]
