"""A file of books through a real worker: read, added, removed."""

import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from task.books.carts import change
from task.books.files import sending, tasks
from task.books.files.models import Upload
from task.books.files.tasks import add_file, read_file, remove_files
from task.books.models import Book
from task.jobs.models import Job
from tests.books.big_file import table
from tests.faults.conftest import ended
from tests.faults.test_workers import let_leases_run_out
from tests.processes import wait_until
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


def test_a_worker_killed_while_it_adds_a_file_loses_and_doubles_no_row(start_worker, alice):
    """Once a process of its pool, once the whole worker; then its cart is undone."""
    content, holds = table(500_000, 1_500)
    with OpenLibrary() as library:
        first = start_worker(processes=2, TEST_OPENLIBRARY_URL=library.url)
        sent = sending.save(alice, SimpleUploadedFile("books.csv", content))
        assert ended(sent.job, first).message == "1,500 rows read."
        sent.refresh_from_db()
        assert tasks.start(sent, counts_copies=False, by_hand=False)
        sent.refresh_from_db()
        wait_until(lambda: Job.objects.get(pk=sent.add_job_id).done >= 300, what=first.said)
        first.signal_pool(signal.SIGKILL)
        wait_until(lambda: Job.objects.get(pk=sent.add_job_id).done >= 800, what=first.said)
        first.kill()
        let_leases_run_out()
        second = start_worker(processes=2, TEST_OPENLIBRARY_URL=library.url)
        assert ended(sent.add_job, second).message == "1,500 rows added."
        scans = Counter(sent.cart.scans.values_list("effect", flat=True))
        assert scans == {"brought": holds["new"], "known": holds["double"], "refused": holds["bad"]}
        sent.refresh_from_db()
        assert (sent.handled, sent.left) == (1_500, holds["without"])
        assert not Book.objects.exclude(copies=1).exists()
        assert Job.objects.filter(kind="books.look_up").count() < 6
        job = change.undo(sent.cart, alice)
        undone = 1_500 - holds["without"]
        assert ended(job, second).message == f"{undone:,} scans undone."
        assert not Book.objects.exists()
        wait_until(lambda: not Job.objects.filter(kind="books.look_up").active().exists(), what=second.said)
