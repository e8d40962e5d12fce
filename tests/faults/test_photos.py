"""Photos, through a real worker process and a real broker."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from task.books.carts import accept as carts
from task.books.carts.models import Cart, Scan
from task.books.photos.models import Photo
from task.books.photos.sending import read_photos, save
from task.books.photos.tasks import remove_photos
from tests.books.conftest import isbns
from tests.books.pictures import as_file, shelf
from tests.faults.conftest import ended

pytestmark = pytest.mark.broker


def test_photos_become_rows_and_go_with_their_cart(start_worker: Any, alice: Any) -> None:
    worker = start_worker()
    job = save(alice, [(uuid4(), SimpleUploadedFile("shelf.jpg", as_file(shelf(isbns(12)))))])
    assert job is not None
    assert ended(job, worker).message == "12 barcodes read."
    assert [row.text for row in Scan.objects.order_by("place")] == isbns(12)
    carts.finish(Cart.objects.get())
    assert ended(remove_photos.delay(), worker).message == "1 photo removed."
    assert not Photo.objects.exists()
    assert ended(read_photos.apply_async(kwargs={"count": 0}, owner=alice), worker).message == "0 barcodes read."
