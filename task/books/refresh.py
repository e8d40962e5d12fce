"""A found book is looked up again: it stays found and can be ordered, and an answer alone changes anything of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from task.books.changes import BY_HAND
from task.books.filing import refile
from task.books.fill import TABLES, link, more_due, plain_columns
from task.books.models import Book, BookChange, Link, SourceAnswer
from task.books.names import led, upsert
from task.books.record import NAMES, OF_SOURCES, cut, differ, pairs_of
from task.books.said import count_said, write_said
from task.books.search import index
from task.books.sources import Edition, Source, in_order
from task.books.stages import Result, Said
from task.jobs import Now


def refreshing(job_id: UUID) -> QuerySet[Book]:
    """The book that this job looks up again, until it has an answer."""
    books: QuerySet[Book] = Book.with_removed.filter(refresh_job=job_id, refresh_requested__isnull=False)
    return books


def sources_for(book: Book) -> list[Source]:
    """Those that come before its own, and its own: what is behind knows less of it."""
    order = in_order()
    names = [source.name for source in order]
    return order[: names.index(book.source) + 1] if book.source in names else order


def write(job_id: UUID, found: Any, said: Sequence[Said] = ()) -> bool:
    """Inside a step: whether the answer has changed the book. What is empty in it takes nothing away."""
    edition = found if isinstance(found, Edition) else None
    keys = {attribute: upsert(table, [edition], attribute) for attribute, table, _ in TABLES} if edition else {}
    book = refreshing(job_id).select_for_update().first()
    if book is None:
        return False
    write_said({book.pk: said})
    if edition is None:
        refreshing(job_id).update(refresh_requested=None)
        count_said([said], job_id)
        return False
    changed = differences(book, edition)
    refreshing(job_id).update(refresh_requested=None, **columns(book, edition))
    for attribute, _, links in TABLES:
        relink(links, book, edition, attribute, keys[attribute])
    refile([book.pk])
    if changed:
        BookChange.objects.create(book=book, source=edition.source, fields=changed)
    index([book.pk])
    if more_due(edition, book.locked, in_order()):
        ask_the_others_again(book, edition.source)
    count_said([said], job_id)
    return True


def ask_the_others_again(book: Book, source: str) -> None:
    """Somebody has asked: those that did not have it then may have it now."""
    SourceAnswer.objects.filter(book=book.pk).exclude(source=source).exclude(result=Result.FOUND).delete()
    Book.with_removed.filter(pk=book.pk).update(more_due=True)


def columns(book: Book, edition: Edition) -> dict[str, Any]:
    """What it gives, and who gave what. A book by hand stays one, whoever fills in the rest."""
    new = {name: value for name, value in plain_columns(edition, book.locked).items() if value}
    source = book.source if book.source == BY_HAND else edition.source
    gives = {name for name in OF_SOURCES if name not in book.locked and getattr(edition, name)}
    before = {name: book.origin_of(name) for name in OF_SOURCES if name not in gives and getattr(book, name)}
    origins = before | dict.fromkeys(gives, edition.source)
    given = {name: who for name, who in origins.items() if who and who != source}
    return {**new, "source": source, "given": given, "filled_at": Now(), "not_found_at": None}


def differences(book: Book, edition: Edition) -> dict[str, Any]:
    """For the book's history: what of it this answer changes, before it does."""
    changed: dict[str, Any] = {}
    for name in OF_SOURCES:
        if name in book.locked or not getattr(edition, name):
            continue
        if name in NAMES:
            was: Any = pairs_of(book, name)
            now: Any = led(NAMES[name][0], ((each.key, each.name) for each in getattr(edition, name)))
        else:
            was, now = getattr(book, name), getattr(edition, name)
        if differ(name, was, now):
            changed[name] = {"was": was, "now": cut(name, now), "from": book.origin_of(name), "locked": False}
    return changed


def relink(table: type[Link], book: Book, edition: Edition, attribute: str, keys: dict[str, int]) -> None:
    """The new names instead of those that this source gave, or the one whose record it replaces.

    A person's stay, unless the person has unlocked all of them.
    """
    names = getattr(edition, attribute)
    if not names or attribute in book.locked:
        return
    origin = book.origin_of(attribute)
    replaced = {edition.source, ""} if origin == BY_HAND else {edition.source, origin} - {""}
    table._base_manager.filter(book=book, source__in=replaced).delete()
    link(table, {book.pk: edition}, attribute, keys)
