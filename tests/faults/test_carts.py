"""What workers do for carts, through a real worker process and a real broker."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from task.books.carts import change
from task.books.carts.models import Scan
from task.books.carts.tasks import purge, undo_cart
from task.books.models import Book
from task.jobs.models import Job
from tests.books.conftest import isbns
from tests.books.test_carts import scanned
from tests.faults.conftest import ended

pytestmark = pytest.mark.broker


def test_a_cart_is_undone_and_its_books_go_for_good_after_30_days(start_worker: Any, alice: Any) -> None:
    cart = scanned(alice, *isbns(30), "12")[0].cart
    Book.objects.update(state="filled", title="A title")
    Job.objects.all().delete()
    worker = start_worker()
    job = change.undo(cart, alice)
    assert job is not None
    assert ended(job, worker).message == "31 scans undone."
    assert not Book.objects.exists()
    again = undo_cart.apply_async(kwargs={"cart": cart.pk, "name": str(cart)}, owner=alice)
    assert ended(again, worker).message == "0 scans undone."
    Book.with_removed.update(removed_at=timezone.now() - timedelta(days=31))
    assert ended(purge.delay(), worker).message == "30 books removed for good."
    assert Scan.objects.filter(book=None).count() == 31
