"""What is indexed by jobs: a catalogue that was here before the index, and the books of a name that has changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, connections

from task.books.filing import refile
from task.books.models import Book, IndexDue, IndexedBook, Named
from task.books.record import NAMES
from task.books.search.indexing import index, rows_of
from task.jobs import Run, job
from task.jobs.models import Job
from task.kit.search.matching import VENDORS

A_STEP = 200  # books: about 0.1 s
KIND = "books.index"


@job(KIND, title="Index the catalogue for the search", label="Index the catalogue")
def index_catalogue(run: Run) -> None:
    """Until it ends the search goes by beginnings. What is changed meanwhile is indexed by who changes it."""
    total = Book.objects.count() if run.job.total is None else None
    for rows, size in run.walk(rows_behind, total):
        with run.step(done=size) as tally:
            IndexedBook.objects.bulk_create(rows, ignore_conflicts=True)
            tally["books"] += len(rows)
    count = run.tally["books"]
    with run.finish(f"{count:,} book{'' if count == 1 else 's'} indexed."):
        IndexDue.objects.all().delete()


def rows_behind(after: Any) -> Iterator[tuple[tuple[list[IndexedBook], int], int]]:
    books = Book.objects.order_by("pk").values_list("pk", flat=True)
    while keys := list(books.filter(pk__gt=after or 0)[:A_STEP]):
        after = keys[-1]
        yield (rows_of(keys), len(keys)), after


def begin_if_due(**_: Any) -> None:
    """After a migration or a restore: a job indexes what no index knows. One at a time."""
    if IndexDue.objects.exists() and not Job.objects.of_kinds([KIND]).active().exists():
        index_catalogue.delay()


def after_migrate(sender: Any, using: str, **_: Any) -> None:
    """Where all tables are there: they are not, while one migrates some way back."""
    tables = connections[using].introspection.table_names()
    if {model._meta.db_table for model in (IndexDue, Job)} <= set(tables):
        begin_if_due()


def title_of(table: str, keys: Sequence[int], name: str = "") -> str:
    return f"Index the books of {name or f'{len(keys):,} {table}'}"


@job("books.index_names", title=title_of, label="Index the books of names")
def index_names(run: Run, table: str, keys: list[int], name: str = "") -> str:
    """The books of authors, people or subjects (`table`: "authors" …) whose names have changed."""
    if run.job.cursor is None:  # whoever links a book at this moment may have read the old name
        VENDORS[connection.vendor].wait_for_writers()
    for books in run.walk(lambda cursor: books_behind(table, keys, cursor)):
        with run.step() as tally:
            if table == "authors":  # books before their index, as all who write both
                list(
                    Book.with_removed.select_for_update(of=("self",))
                    .filter(pk__in=books)
                    .order_by("pk")
                    .values_list("pk")
                )
                refile(books)
            # Whoever changes one of them at this moment indexes it behind us, or has done so already.
            list(IndexedBook.objects.select_for_update().filter(pk__in=books).order_by("pk").values_list("pk"))
            index(books)
            tally["books"] += len(books)
    count = run.tally["books"]
    return f"{count:,} book{'' if count == 1 else 's'} indexed."


def books_behind(table: str, keys: Sequence[int], cursor: Any) -> Iterator[tuple[list[int], list[int]]]:
    """The books of one name after the other; the cursor is the place of the name, and its last book."""
    _, links = NAMES[table]
    place, after = cursor or (0, 0)
    while place < len(keys):
        of_one = links._base_manager.filter(**{links.target: keys[place]}, book__gt=after).order_by("book")
        if books := list(of_one.values_list("book", flat=True)[:A_STEP]):
            after = books[-1]
            yield books, [place, after]
        else:
            place, after = place + 1, 0


def renamed(table: type[Named], names: Mapping[int, str]) -> None:
    """In the transaction that changes these names, by their keys: a job indexes their books."""
    attribute = next(attribute for attribute, (model, _) in NAMES.items() if model is table)
    only = next(iter(names.values())) if len(names) == 1 else ""
    index_names.delay(table=attribute, keys=sorted(names), name=only)
