"""A batch of answers becomes rows, whole, in one step.

Many workers do this at once. Rows that they share are inserted sorted by key, always in the order authors, people,
subjects, books, links: so none waits for another in a circle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.text import get_text_list

from task.books import record
from task.books.changes import first_given
from task.books.filing import refile
from task.books.models import Book, BookChange, Link, Named
from task.books.names import upsert
from task.books.sources import SOURCES, Answer, Blank, Edition, Unreadable
from task.jobs import Now
from task.kit.keys import fold_name

MOST_ROWS = 500  # in a step: about 0.1 s on SQLite
LATER = "Try again later."
PLAIN = (*record.PLAIN, "cover_url", "outside_id", "outside_url")
TOLD = (*record.OF_SOURCES, "cover_url")  # in a book's history
TABLES: tuple[tuple[str, type[Named], type[Link]], ...] = tuple((name, *both) for name, both in record.NAMES.items())


@dataclass
class Portion:
    """What one step writes, and how many of the job's own books are among it."""

    found: dict[int, Edition | Unreadable | None] = field(default_factory=dict)  # by the book's pk
    own: int = 0
    rows: int = 0

    def add(self, book: Book, found: Edition | Unreadable | None, job_id: UUID) -> None:
        self.found[book.pk] = found
        self.own += book.job_id == job_id
        self.rows += weight(found)

    def write(self) -> None:
        """Inside a step. A book that does not wait any more (cancelled, filled by another) is left as it is."""
        editions = [found for found in self.found.values() if isinstance(found, Edition)]
        keys = {attribute: upsert(table, editions, attribute) for attribute, table, _ in TABLES}
        waiting = Book.objects.filter(pk__in=self.found, state=Book.State.WAITING).order_by("pk").select_for_update()
        filled: dict[int, Edition] = {}
        locked: dict[int, list[str]] = dict(waiting.values_list("pk", "locked"))
        for pk in sorted(locked):
            found = self.found[pk]
            Book.objects.filter(pk=pk).update(**columns(found, locked[pk]))
            if isinstance(found, Edition):
                filled[pk] = found
        for attribute, _, links in TABLES:
            some = {pk: edition for pk, edition in filled.items() if attribute not in locked[pk]}
            link(links, some, attribute, keys[attribute])
        refile(filled)
        BookChange.objects.bulk_create([given_to(pk, edition, locked[pk]) for pk, edition in filled.items()])


def portions(books: Sequence[Book], answer: Answer, job_id: UUID) -> Iterator[Portion]:
    """The answered of `books` in portions that a step can write in 0.2 s."""
    portion = Portion()
    for book in books:
        if book.isbn not in answer:
            continue
        found = answer[book.isbn]
        if portion.found and portion.rows + weight(found) > MOST_ROWS:
            yield portion
            portion = Portion()
        portion.add(book, found, job_id)
    if portion.found:
        yield portion


def weight(found: Edition | Unreadable | None) -> int:
    names = sum(len(getattr(found, attribute)) for attribute, _, _ in TABLES) if isinstance(found, Edition) else 0
    return 1 + 2 * names


def not_found() -> str:
    """Who was asked, in the order in which they are."""
    words = get_text_list([source.name for source in SOURCES], "and")
    return f"{words[:1].upper()}{words[1:]} {'does' if len(SOURCES) == 1 else 'do'} not have this book."


def given_to(book: int, edition: Edition, locked: Sequence[str]) -> BookChange:
    return first_given(book, edition, (name for name in TOLD if name not in locked and getattr(edition, name)))


def columns(found: Edition | Unreadable | None, locked: Sequence[str] = ()) -> dict[str, Any]:
    """The new columns of a book, without those that somebody wrote."""
    released: dict[str, Any] = {"reserved_until": None, "reserved_by": None}
    if found is None or isinstance(found, Blank):
        reason = f"{found.reason} {LATER}" if found else not_found()
        return {"state": Book.State.NOT_FOUND, "reason": reason, "not_found_at": Now(), **released}
    if isinstance(found, Unreadable):
        return {"state": Book.State.FAILED, "reason": f"{found.reason} {LATER}", **released}
    return {
        **{name: value for name, value in plain_columns(found, locked).items() if value},
        "state": Book.State.FILLED,
        "source": found.source,
        "reason": "",
        "filled_at": Now(),
        "not_found_at": None,
        **released,
    }


def plain_columns(edition: Edition, locked: Sequence[str]) -> dict[str, Any]:
    plain = {name: getattr(edition, name) for name in PLAIN if name not in locked}
    if "title" in plain:
        plain["title_key"] = fold_name(edition.title)[:200]
    if plain.get("cover_url"):
        plain["cover_due"] = True
    return plain


def link(table: type[Link], filled: dict[int, Edition], attribute: str, keys: dict[str, int]) -> None:
    links = (
        (book, keys[name.key], position, edition.source)
        for book, edition in filled.items()
        for position, name in enumerate(getattr(edition, attribute))
    )
    positioned = {"position"} & {column.name for column in table._meta.fields}
    rows = [
        table(
            book_id=book,
            source=source,
            **{f"{table.target}_id": target},
            **({"position": position} if positioned else {}),
        )
        for book, target, position, source in sorted(links)
    ]
    table._default_manager.bulk_create(rows, ignore_conflicts=True)
