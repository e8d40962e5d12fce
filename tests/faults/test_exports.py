"""An export through real workers, one of which is killed in the middle: each book once, in its order."""

import csv
from datetime import timedelta

import pytest
from django.utils import timezone

from task.books.exports import files
from task.books.exports.models import Export
from task.books.exports.tasks import export_books, remove_exports
from task.books.exports.views import save_export
from task.books.models import Author, Book, BookAuthor
from task.jobs.models import Job
from tests.books.conftest import isbns
from tests.faults.conftest import ended
from tests.faults.test_workers import let_leases_run_out
from tests.processes import wait_until

pytestmark = pytest.mark.broker
BOOKS = 6_000


def test_a_worker_killed_while_it_exports_loses_and_doubles_no_book(start_worker, alice):
    author = Author.objects.create(name="Ada Wrote", key="name:ada wrote")
    books = [
        Book(isbn=isbn, number=isbn, title=f"=Book {number}", state="filled")
        for number, isbn in enumerate(isbns(BOOKS, 700_000_000))
    ]
    Book.objects.bulk_create(books)
    BookAuthor.objects.bulk_create(BookAuthor(book=book, author=author) for book in books)
    first = start_worker()
    job = export_books.apply_async(
        kwargs={"format": "csv", "query": ""}, owner=alice, rows=lambda job: save_export(job, "") and None
    )
    wait_until(lambda: Job.objects.get(pk=job.pk).done >= 1_000, every=0.01, what=first.said)
    first.kill()
    assert not Export.objects.get().is_done
    let_leases_run_out()
    second = start_worker()
    assert ended(job, second).message == "6,000 books exported."
    made = Export.objects.get()
    with files.path_of(made).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"] for row in rows] == [f"'=Book {number}" for number in range(BOOKS)]
    assert {row["authors"] for row in rows} == {"Ada Wrote"}
    assert [path.name for path in files.folder_of(made.pk).iterdir()] == [made.file_name]
    Export.objects.update(created=timezone.now() - timedelta(days=31))
    gone = ended(remove_exports.apply_async(owner=None), second)
    assert gone.message == "1 export older than 30 days deleted."
    assert not files.folder_of(made.pk).exists()
