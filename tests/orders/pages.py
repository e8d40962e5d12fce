"""The pages of this feature, for the tests in a real browser."""

from typing import Any

from django.urls import reverse

from task.books.models import Book
from task.jobs.models import Job, State
from task.orders import stock
from task.orders.models import Order
from task.orders.tasks import confirm
from tests.browser import filling
from tests.browser.entry import Entry

NO_PAGES = {"order_fulfil": "takes POST only", "order_cancel": "takes POST only"}
HITCHHIKER, RIGHT_TO_LEFT, LONG, ODD, WAITING = (
    filling.BOOKS[4][0], filling.BOOKS[7][0], filling.BOOKS[8][0], filling.BOOKS[9][0], "9780375704024"
)  # fmt: skip


def place(owner: Any, isbn: str, quantity: int) -> Order:
    book = Book.objects.get(isbn=isbn)
    Book.objects.filter(pk=book.pk).update(copies=quantity + 2)

    def rows(job: Job) -> None:
        order = stock.take_copies(book, quantity, owner, job)
        job.arguments = {"order": order.number}
        job.title = confirm.kind.title_for(job.arguments)
        job.save(update_fields=["arguments", "title"])

    job = confirm.apply_async(kwargs={"order": ""}, owner=owner, rows=rows)
    return Order.objects.get(job=job.pk)


def filled(member: Any, staff: Any) -> list[Entry]:
    orders = {
        "received": place(member, HITCHHIKER, 1),
        "fulfilled": place(member, RIGHT_TO_LEFT, 12),
        "cancelled": place(member, LONG, 1_000_000),
        "odd": place(staff, ODD, 3),
    }
    stock.fulfil(orders["fulfilled"], staff)
    stock.cancel(orders["cancelled"], staff)
    Job.objects.filter(pk=orders["odd"].job_id).update(state=State.FAILED, error="The mail server refused the address.")
    Book.objects.filter(isbn=HITCHHIKER).update(copies=0)
    address = reverse("order_new")
    return [
        Entry("orders_list", reverse("orders_list")),
        Entry("orders_none", reverse("orders_list") + "?state=cancelled&after=x", "member"),
        Entry("orders_meant", reverse("orders_list") + "?q=the"),
        Entry("orders_staff", reverse("orders_list"), "staff"),
        *(Entry(f"order_{state}", order.get_absolute_url()) for state, order in orders.items() if state != "odd"),
        Entry("job_order", orders["received"].job.get_absolute_url()),
        Entry("order_staff", orders["received"].get_absolute_url(), "staff"),
        Entry("order_odd", orders["odd"].get_absolute_url(), "staff"),
        Entry("order_new", address),
        Entry("order_new_chosen", f"{address}?book={RIGHT_TO_LEFT}"),
        Entry("order_new_waiting", f"{address}?book={WAITING}"),
        Entry("order_new_error", address, fill={"book": RIGHT_TO_LEFT, "quantity": "7000"}),
        Entry("order_new_found", f"{address}?book=the"),
        Entry("order_new_meant", address, fill={"book": "the", "quantity": "1"}),
        Entry("order_new_odd", address, fill={"book": "<b>" + "W" * 150, "quantity": "0"}),
        Entry("order_book_none_left", reverse("book_detail", args=[HITCHHIKER])),
        Entry("order_book_staff", reverse("book_detail", args=[HITCHHIKER]), "staff"),
        Entry("order_book", reverse("book_detail", args=[RIGHT_TO_LEFT])),
        Entry("order_home_staff", reverse("home"), "staff"),
    ]


def empty() -> list[Entry]:
    return [
        Entry("orders_list_empty", reverse("orders_list")),
        Entry("orders_nothing_cancelled", reverse("orders_list") + "?state=cancelled"),
        Entry("order_new_empty", reverse("order_new")),
    ]
