"""A file of books through a real worker: read, added, removed."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from task.books.files import sending, tasks
from task.books.files.models import Upload
from task.books.files.tasks import add_file, read_file, remove_files
from tests.faults.conftest import ended
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.broker


def test_a_file_is_read_and_added_and_goes(start_worker, alice):
    content = b"ISBN,Title\n9780345418913,A\n9780345418914,B\n,C\n"
    with OpenLibrary() as library:
        worker = start_worker(TEST_OPENLIBRARY_URL=library.url)
        sent = sending.save(alice, SimpleUploadedFile("books.csv", content))
        assert ended(sent.job, worker).message == "3 rows read."
        again = read_file.apply_async(kwargs={"upload": 0, "reading": 1, "name": "x"}, owner=alice)
        assert ended(again, worker).error == tasks.GONE
        sent.refresh_from_db()
        assert tasks.start(sent, counts_copies=False, by_hand=True)
        sent.refresh_from_db()
        assert ended(sent.add_job, worker).message == "3 rows added."
        assert sent.cart.scans.count() == 3
        gone = add_file.apply_async(kwargs={"upload": 0, "name": "x"}, owner=alice)
        assert ended(gone, worker).error == tasks.GONE
        Upload.objects.update(added=timezone.now() - timedelta(days=8))
        assert ended(remove_files.apply_async(owner=None), worker).message == "1 file removed."
