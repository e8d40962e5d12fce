"""The emails of orders through a real worker process and a real broker."""

from typing import Any

import pytest

from task.jobs import submit
from task.jobs.models import Job
from task.orders import stock
from task.orders.models import Order
from task.orders.tasks import confirm, tell_cancelled, tell_fulfilled
from tests.faults.conftest import ended
from tests.orders.conftest import make_book
from tests.processes import wait_until

pytestmark = pytest.mark.broker


def test_orders_confirm_and_what_becomes_of_them(start_worker: Any, alice: Any) -> None:
    worker = start_worker(EMAIL_URL="consolemail://", TEST_EMAIL="console")
    book = make_book(copies=3)

    def rows(job: Job) -> None:
        order = stock.take(book, 3, alice, job)
        job.arguments = {"order": order.number}
        job.save(update_fields=["arguments"])

    assert ended(submit(confirm, owner=alice, rows=rows, order=""), worker).state == "succeeded"
    number = Order.objects.get().number
    assert ended(submit(tell_fulfilled, owner=alice, order=number), worker).state == "succeeded"
    assert ended(submit(tell_cancelled, owner=alice, order=number), worker).state == "succeeded"
    wait_until(lambda: worker.said().count("To: alice@example.org") == 3, what=worker.said)
    for words in ("set aside for you", "is fulfilled", "is cancelled"):
        assert words in worker.said()
