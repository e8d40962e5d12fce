"""A found book is looked up again: it stays found and can be ordered, and an answer alone changes anything of it."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from task.books.fill import TABLES, link, plain_columns
from task.books.models import Book, Link
from task.books.names import upsert
from task.books.sources import SOURCES, Edition, Source
from task.jobs import Now


def refreshing(job_id: UUID) -> QuerySet[Book]:
    """The book that this job looks up again, until it has an answer."""
    books: QuerySet[Book] = Book.with_removed.filter(refresh_job=job_id, refresh_requested__isnull=False)
    return books


def sources_for(book: Book) -> list[Source]:
    """Those that come before its own, and its own: what is behind knows less of it."""
    names = [source.name for source in SOURCES]
    return SOURCES[: names.index(book.source) + 1] if book.source in names else SOURCES


def write(job_id: UUID, found: Any) -> bool:
    """Inside a step: whether the answer has changed the book. What is empty in it takes nothing away."""
    edition = found if isinstance(found, Edition) else None
    keys = {attribute: upsert(table, [edition], attribute) for attribute, table, _ in TABLES} if edition else {}
    book = refreshing(job_id).select_for_update().first()
    if book is None:
        return False
    refreshing(job_id).update(refresh_requested=None, **(columns(edition, book.locked) if edition else {}))
    if edition:
        for attribute, _, links in TABLES:
            relink(links, book, edition, attribute, keys[attribute])
    return edition is not None


def columns(edition: Edition, locked: list[str]) -> dict[str, Any]:
    new = {name: value for name, value in plain_columns(edition, locked).items() if value}
    return {**new, "source": edition.source, "filled_at": Now()}


def relink(table: type[Link], book: Book, edition: Edition, attribute: str, keys: dict[str, int]) -> None:
    """The new names instead of those that this source gave, or the one whose record it replaces; never a person's."""
    names = getattr(edition, attribute)
    if not names or attribute in book.locked:
        return
    given = table._base_manager.filter(book=book, source__in={edition.source, book.source} - {""})
    given.delete()
    link(table, {book.pk: edition}, attribute, keys)
