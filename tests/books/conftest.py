"""An Open Library of the tests' own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.services import rate_limit
from tests.services.openlibrary import OpenLibrary


@pytest.fixture
def library(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenLibrary]:
    """Open Library on loopback. Its pace is a hundredth of a second: a test of the pace sets its own."""
    from task.books.sources import openlibrary

    monkeypatch.setattr(openlibrary, "SECONDS_A_REQUEST", 0.01)
    monkeypatch.setattr(openlibrary, "SECONDS_A_REQUEST_WITH_CONTACT", 0.01)
    with OpenLibrary() as server:
        settings.OPENLIBRARY_URL = server.url
        yield server


@pytest.fixture
def unblocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that was refused may be asked again at once, so that a test need not wait for it."""
    block = rate_limit.block

    def shortly(source: str, reason: str, seconds: float, *, grows: bool = False, longest: float = 0) -> float:
        block(source, reason, 0.01, grows=grows, longest=0.01)
        return 0.01

    monkeypatch.setattr(rate_limit, "block", shortly)


def waiting(isbns: list[str], owner: Any = None) -> Callable[[Job], None]:
    """The rows of a look-up job, as the scan form saves them."""

    def rows(job: Job) -> None:
        Book.objects.bulk_create([Book(isbn=isbn, job=job, scanned_by=owner) for isbn in isbns])

    return rows


def scan(isbns: list[str], owner: Any = None) -> Job:
    from task.books.tasks import look_up_books

    return look_up_books.apply_async(kwargs={"count": len(isbns)}, owner=owner, rows=waiting(isbns, owner))


def isbns(count: int, start: int = 0) -> list[str]:
    """Good ISBN-13, the same each time."""
    from task.books.isbn import check_digit

    return [f"978{number:09d}" + check_digit(f"978{number:09d}0") for number in range(start, start + count)]
