"""A book's history as one reads it: what people and sources changed, copies that came and went, and who brought it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.text import get_text_list

from task.books.changes import COVERS, OF_STAFF
from task.books.models import Book, BookChange, CopyChange
from task.books.record import LABELS, LISTS, in_order, in_words, names_in, shorten

SHOWN, ALL = 20, 200  # lines of a page, and of the page that has the older ones, too
LONGEST = 160  # letters of a value in a line
NAMES_OF = ("by__username", "by__first_name", "by__last_name")


@dataclass
class Line:
    when: datetime
    who: str  # a person, or a source; "" where that is not for this reader
    words: str
    details: list[str] = field(default_factory=list)
    change: int | None = None  # may be taken back by this reader


@dataclass
class History:
    lines: list[Line]
    writers: dict[str, str]  # by field who has written it, as far as these lines and their reader tell
    has_more: bool


def history(book: Book, reader: Any, most: int = SHOWN) -> History:
    """The newest first. Who it was is for staff; members read when, what and by which source."""
    changes = list(_with_people(BookChange.objects.filter(book=book.pk), reader)[: most + 1])
    copies = list(_with_people(CopyChange.objects.filter(book=book.pk), reader)[: most + 1])
    lines, writers, since = [], {}, set()  # type: ignore[var-annotated]
    may_edit = book.may_be_edited_by(reader)
    for change in changes:
        touched = set(change.fields)
        if not change.source:
            name = str(change.by or "a deleted account") if reader.is_staff else ""
            writers |= {each: name for each in touched if each not in writers}
        can = may_edit and can_be_reverted(change, since, reader)
        lines.append(_line(change, reader, change.pk if can else None))
        since |= touched
    lines += [_of_copies(each, reader) for each in copies]
    lines.sort(key=lambda line: line.when, reverse=True)
    has_more = len(lines) > most
    lines = lines[:most]
    if not has_more:
        lines.append(_brought(book, reader))
    return History(lines, writers, has_more)


def _with_people(rows: Any, reader: Any) -> Any:
    rows = rows.order_by("-id")
    if not reader.is_staff:
        return rows.defer("by")
    own = [column.attname for column in rows.model._meta.concrete_fields]
    return rows.select_related("by").only(*own, *NAMES_OF)


def can_be_reverted(change: BookChange, since: set[str], reader: Any) -> bool:
    """Whether anything of it is still as it left it; the first title stays: a book needs one."""
    left = {name: entry for name, entry in change.fields.items() if name not in since | COVERS}
    if not left or ("title" in left and not (left["title"] or {}).get("was", left["title"])):
        return False
    return bool(reader.is_staff or not OF_STAFF & set(change.fields))


def _line(change: BookChange, reader: Any, pk: int | None) -> Line:
    names = [LABELS.get(name, name) for name in in_order(change.fields)]
    shown = get_text_list([*names[:4], f"{len(names) - 4} more"] if len(names) > 5 else names, "and")
    shown = shown if shown.startswith("ISBN") else shown[:1] + shown[1:].lower().replace("isbn", "ISBN")
    entries = [entry for entry in change.fields.values() if entry]
    unlocked = bool(entries) and all("unlocked" in entry for entry in entries)
    verb = "took back" if change.reverts else "unlocked" if unlocked else "changed" if entries else "entered"
    who = change.source or (str(change.by or "A deleted account") if reader.is_staff else "")
    if own := change.fields.get("cover"):
        return Line(change.created, who, f"{own['did']} the cover" if who else f"Cover {own['did']} by hand")
    low = shown if shown.startswith("ISBN") else shown[:1].lower() + shown[1:]
    if change.source:
        words = f"{'changed' if entries else 'gave'} {low}"
    elif who:
        words = f"{verb} {low}"
    else:
        words = f"{shown} {'taken back' if change.reverts else verb} by hand"
    rows = [(name, change.fields[name] or {}) for name in in_order(change.fields)]
    details = [_detail(name, entry) for name, entry in rows if "was" in entry]
    return Line(change.created, who, words, details[:6], pk)


def _detail(name: str, entry: dict[str, Any]) -> str:
    was, now = entry["was"], entry["now"]
    if name in LISTS:
        old = names_in(name, was)
        parts = [("added", [each for each in now if each not in old])]
        if len(now) < 30:  # else it is cut, and nobody knows
            parts.append(("removed", [each for each in old if each not in now]))
        said = (
            ", ".join(shorten(f"{verb} {'; '.join(names)}", LONGEST) for verb, names in parts if names)
            or "in another order"
        )
        return f"{LABELS[name]}: {said}"
    old_words, new_words = (shorten(text, LONGEST) or "empty" for text in (in_words(name, was), str(now)))
    return f"{LABELS[name]}: {old_words} → {new_words}"


def _of_copies(change: CopyChange, reader: Any) -> Line:
    number = abs(change.change)
    sign = "+" if change.change > 0 else "−"
    words = f"{sign}{number:,} {'copy' if number == 1 else 'copies'}, {change.get_why_display()}"
    who = str(change.by or "A deleted account") if reader.is_staff else ""
    return Line(change.created, who, words, [change.reason] if reader.is_staff and change.reason else [])


def _brought(book: Book, reader: Any) -> Line:
    known = book.may_be_looked_up_by(reader) and book.scanned_by
    who = str(book.scanned_by) if known else ""
    return Line(book.created, who, "added it to the catalogue" if who else "Added to the catalogue")
