"""Who changed what of a book: written in the transaction of the change, read on its page, taken back.

A change keeps of each field what it was, whole, and the beginning of what it became. What a source gives to empty
fields is kept as their names alone: that is what a look-up does 25 times in a step.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from task.books.filing import refile
from task.books.locations import location
from task.books.models import Book, BookChange, FormerNumber, LocalNumber
from task.books.names import upsert
from task.books.record import NAMES, OF_SOURCES, cut, differ, values_of
from task.books.search import index
from task.books.sources.edition import Edition, Name
from task.jobs import Now
from task.kit.keys import fold_name

BY_HAND = "by hand"  # the source of what a person writes
COVERS = {"cover", "cover_url"}  # what of a change is not taken back
OF_STAFF = {"isbn", "location"}  # members who edit their own books do not change these


def first_given(book: int, edition: Edition, fields: Iterable[str], by: Any = None) -> BookChange:
    """A source, or a person, has filled empty fields of a book."""
    source = "" if by else edition.source
    now = timezone.now()  # and not the database's: 25 rows at once are made a quarter faster
    return BookChange(book_id=book, source=source, by=by, fields=dict.fromkeys(fields), created=now)


def cover_changed(book: int, did: str, by: Any) -> None:
    """A person (by key) has added, replaced or removed its cover: told, and not taken back, as no old one is kept."""
    BookChange.objects.create(book_id=book, by_id=by, fields={"cover": {"did": did}})


def locked_book(pk: int) -> Book | None:
    """The book, locked until the transaction ends; None where it is not in the catalogue."""
    book: Book | None = Book.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    return book


def write(book: Book, new: Mapping[str, Any], by: Any, unlock: Iterable[str] = ()) -> BookChange | None:
    """What a person writes: it is locked, and so is what they empty. None: nothing differs.

    In a transaction, with the book locked. `new` has values as `record.values_of` gives them.
    """
    old = values_of(book)
    changed = {field: value for field, value in new.items() if differ(field, old[field], value)}
    freed = set(unlock) & set(book.locked) - set(changed)
    fields = {field: _entry(book, field, old[field], value) for field, value in changed.items()}
    fields |= {field: {"unlocked": True} for field in sorted(freed)}
    lockable = changed.keys() & set(OF_SOURCES)
    locks = (set(book.locked) | lockable) - freed
    origins = dict.fromkeys(lockable, BY_HAND)
    return _store(book, changed, fields, by, locks=locks, origins=origins)


def _entry(book: Book, field: str, was: Any, now: Any) -> dict[str, Any]:
    entry = {"was": was, "now": cut(field, now)}
    if field in OF_SOURCES:
        entry |= {"from": book.origin_of(field), "locked": field in book.locked}
    return entry


def _store(
    book: Book, new: Mapping[str, Any], fields: dict[str, Any], by: Any, *, locks: set[str],
    origins: Mapping[str, str], reverts: int | None = None,
) -> BookChange | None:  # fmt: skip
    if not fields:
        return None
    columns = {field: value for field, value in new.items() if field not in NAMES and field != "location"}
    if "title" in new:
        columns["title_key"] = fold_name(new["title"])[:200]
    if "isbn" in new:
        columns |= renumber(book, new["isbn"])
    if "location" in new:
        columns["location"] = location(*new["location"]) if new["location"] else None
    if book.state != Book.State.FILLED and (new.get("title") or book.title):
        columns |= FOUND | {"source": BY_HAND}
    source = columns.get("source", book.source)
    if source == BY_HAND and ("source" in columns or new.get("isbn")) and columns.get("isbn", book.isbn):
        columns["not_found_at"] = Now()  # at night the sources are asked for the rest
    given = {field: who for field, who in (book.given | dict(origins)).items() if who and who != source}
    Book.with_removed.filter(pk=book.pk).update(**columns, locked=sorted(locks), given=given)
    for attribute in NAMES.keys() & new.keys():
        relink(book, attribute, new[attribute], origins.get(attribute, ""))
    refile([book.pk])
    index([book.pk])
    return BookChange.objects.create(book=book, by=by, fields=fields, reverts=reverts)


FOUND = {
    "state": Book.State.FILLED, "reason": "", "filled_at": Now(), "not_found_at": None, "reserved_until": None,
    "reserved_by": None, "refresh_requested": None,
}  # fmt: skip


def relink(book: Book, attribute: str, pairs: Collection[tuple[str, str]], origin: str) -> None:
    """Exactly these names. A link that stays keeps who gave it; a new one is of `origin`."""
    table, links = NAMES[attribute]
    edition = Edition()
    setattr(edition, attribute, [Name(key, name) for key, name in pairs])
    rows = upsert(table, [edition], attribute)
    wanted = {name: place for place, name in enumerate(dict.fromkeys(rows[key] for key, _ in pairs))}
    column = f"{links.target}_id"
    there: dict[int, Any] = {getattr(link, column): link for link in links._base_manager.filter(book=book.pk)}
    links._base_manager.filter(pk__in=[link.pk for name, link in there.items() if name not in wanted]).delete()
    has_position = attribute == "authors"
    source = "" if origin == BY_HAND else origin
    for name, place in wanted.items():
        position = {"position": place} if has_position else {}
        if name not in there:
            links._base_manager.create(book=book, source=source, **{column: name}, **position)
        elif has_position and there[name].position != place:
            links._base_manager.filter(pk=there[name].pk).update(**position)


def renumber(book: Book, isbn: str) -> dict[str, Any]:
    """The columns of a book that gets another ISBN, or none; its old number goes on leading to it."""
    local = book.former_numbers.filter(number__startswith="L").values_list("number", flat=True).first()
    number = isbn or local or LocalNumber.next()
    FormerNumber.objects.filter(number=number, book=book).delete()
    FormerNumber.objects.update_or_create(number=book.number, defaults={"book": book})
    return {"isbn": isbn or None, "number": number}


# Taking back


class NotReverted(Exception):
    """Why it can't be taken back, as a sentence."""


def what_stays(change: BookChange) -> set[str]:
    """Fields of this change that a later one has touched, so that they stay as they are."""
    later = BookChange.objects.filter(book=change.book_id, pk__gt=change.pk).values_list("fields", flat=True)
    return {field for fields in later for field in fields} & set(change.fields)


def revert(book: Book, change: BookChange, by: Any, *, is_staff: bool) -> BookChange:
    """Put the fields of a change back as they were, but for those that were changed again. Raises NotReverted.

    What a source gave is emptied and locked: the next look-up would bring it again.
    """
    with transaction.atomic():
        there = locked_book(book.pk)
        if there is None:
            raise NotReverted("This book was deleted. Put it back first.")
        if not is_staff and OF_STAFF & set(change.fields):
            raise NotReverted("Only staff change the number and the location of a book.")
        stays = what_stays(change) | COVERS
        left = {field: entry for field, entry in change.fields.items() if field not in stays}
        if not left:
            raise NotReverted("What this change did was changed again since. Take the newer change back first.")
        old = values_of(there)
        written = {field: entry or {} for field, entry in left.items() if "unlocked" not in (entry or {})}
        new = {field: entry.get("was", _empty(old[field])) for field, entry in written.items()}
        if "title" in new and not new["title"]:
            raise NotReverted("A book needs a title, and this change gave it its first one. Edit the book instead.")
        if "isbn" in new and is_taken(new["isbn"], there):
            raise NotReverted("Another book has this ISBN now.")
        fields = {field: _entry(there, field, old[field], value) for field, value in new.items()}
        switched = {field: not left[field]["unlocked"] for field in left.keys() - written.keys()}
        locks = set(there.locked) | {field for field, unlocks in switched.items() if not unlocks}
        locks -= {field for field, unlocks in switched.items() if unlocks}
        was_locked = {field for field, entry in written.items() if change.source or entry.get("locked")}
        locks = (locks - written.keys()) | (was_locked & set(OF_SOURCES))
        fields |= {field: {"unlocked": unlocks} for field, unlocks in switched.items()}
        origins = {field: entry.get("from", "") for field, entry in written.items() if field in OF_SOURCES}
        made = _store(there, new, fields, by, locks=locks, origins=origins, reverts=change.pk)
        assert made is not None
        return made


def _empty(value: Any) -> Any:
    return None if isinstance(value, int) or value is None else type(value)()


def is_taken(isbn: str, book: Book) -> bool:
    return bool(isbn) and Book.with_removed.filter(number=isbn).exclude(pk=book.pk).exists()
