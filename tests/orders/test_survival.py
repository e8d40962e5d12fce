"""Each kind of job of this feature is killed before each of its statements."""

from typing import Any

import pytest
from django.core import mail

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from task.orders import stock
from task.orders.models import Order
from task.orders.tasks import confirm, send_cancelled, send_fulfilled
from tests.orders.conftest import order_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(alice: Any, book: Book) -> Order:
    order = order_of(alice, book)
    execute_all()
    mail.outbox.clear()
    return order


def test_the_confirmation_survives_from_the_form(alice: Any, book: Book) -> None:
    def rows(job: Job) -> None:
        order = stock.take_copies(book, 2, alice, job)
        job.arguments = {"order": order.number}
        job.save(update_fields=["arguments"])

    assert assert_survives(confirm, owner=alice, rows=rows, order="") >= 5


def test_the_email_about_a_fulfilled_order_survives(order: Order) -> None:
    assert assert_survives(send_fulfilled, order=order.number) >= 5


def test_the_email_about_a_cancelled_order_survives(order: Order) -> None:
    assert assert_survives(send_cancelled, order=order.number) >= 5


def test_an_email_about_nothing_survives(alice: Any) -> None:
    assert assert_survives(confirm, owner=alice, order="2026-00077") >= 4
