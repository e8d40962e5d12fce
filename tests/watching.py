"""Whether a change of a book is followed by one of its index, in every test: what forgets it is named."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from task.books.search.indexing import FIELDS

TASK = str(Path(__file__).resolve().parent.parent / "task")
NO_PRODUCT = (f"{TASK}/jobs/testing.py", "/migrations/")
COLUMNS = "|".join([*FIELDS, "removed_at"])
BOOK = re.compile(rf'UPDATE "books_book" SET .*"({COLUMNS})" = .* WHERE', re.DOTALL)
LINKS = re.compile(r'(INSERT INTO|DELETE FROM|UPDATE) "books_book(author|person|subject)"')
NAMES = re.compile(r'UPDATE "books_(author|person|subject)" SET .*"name" = ', re.DOTALL)
INDEX = re.compile(
    r'(INSERT INTO|DELETE FROM) "books_indexedbook"|DELETE FROM "books_book" '
)  # which takes its row along


class Watch:
    """The places of our code whose change no change of the index has followed yet."""

    def __init__(self) -> None:
        self.books: set[str] = set()
        self.names: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith("ROLLBACK") or INDEX.match(sql):
            self.books.clear()
        if sql.startswith("ROLLBACK") or (
            sql.startswith('INSERT INTO "jobs_job"') and "books.index_names" in str(params)
        ):
            self.names.clear()
        if (BOOK.match(sql) or LINKS.match(sql)) and (place := place_in_code()):
            self.books.add(place)
        if NAMES.match(sql) and (place := place_in_code()):
            self.names.add(place)
        return answer


def place_in_code() -> str:
    """Which line of ours asks for this statement; "" where it is a test's own."""
    frame = sys._getframe(2)
    while frame:
        file = frame.f_code.co_filename
        if file.startswith(TASK) and not any(part in file for part in NO_PRODUCT):
            return f"{file}:{frame.f_lineno}"
        if "/tests/" in file and file != __file__ and "site-packages" not in file:
            return ""
        frame = frame.f_back  # type: ignore[assignment]
    return ""


@pytest.fixture(autouse=True)
def index_follows(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: what changed a book has called `task.books.search.index`, or `renamed` for a name."""
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield
    assert not watch.books, f"These change books, and not their index: {watch.books}. Call search.index behind them."
    assert not watch.names, f"These change names, and not the index: {watch.names}. Call search.tasks.renamed."
