"""A batch of answers becomes rows, whole, in one step.

Many workers do this at once. Rows that they share are inserted sorted by key, always in the order authors, people,
subjects, books, links: so none waits for another in a circle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from task.books import record
from task.books.changes import first_given
from task.books.filing import refile
from task.books.models import Book, BookChange, Link, Named
from task.books.names import upsert
from task.books.said import count_said, ended_as, write_said
from task.books.search import index
from task.books.sources import Edition, Source, Unreadable
from task.books.sources.edition import WANTED
from task.books.stages import Asked, Result, Said, who_was_asked
from task.jobs import Now
from task.kit.keys import fold_name

MOST_ROWS = 500  # in a step: about 0.1 s on SQLite
LATER = "Try again later."
PLAIN = (*record.PLAIN, "cover_url", "outside_id", "outside_url")
RELEASED: dict[str, Any] = {"reserved_until": None, "reserved_by": None, "stage": 0}
TOLD = (*record.OF_SOURCES, "cover_url")  # in a book's history
TABLES: tuple[tuple[str, type[Named], type[Link]], ...] = tuple((name, *both) for name, both in record.NAMES.items())


@dataclass
class Portion:
    """What one step writes, and how many of the job's own books it is the end for."""

    found: dict[int, Edition | Unreadable | None] = field(default_factory=dict)  # by the book's pk
    said: dict[int, list[Said]] = field(default_factory=dict)
    own: int = 0
    rows: int = 0
    job_id: UUID | None = None
    order: Sequence[Source] = ()  # the sources that are asked
    next_stage: int = 0  # whose turn it is for books that were not found; 0: nobody's

    def add(self, book: Book, found: Edition | Unreadable | None, said: list[Said] | None = None) -> None:
        self.found[book.pk], self.said[book.pk] = found, said or []
        self.own += book.job_id == self.job_id and (isinstance(found, Edition) or not self.next_stage)
        self.rows += weight(found)

    def write(self) -> None:
        """Inside a step. A book that does not wait any more (cancelled, filled by another) is left as it is."""
        editions = [found for found in self.found.values() if isinstance(found, Edition)]
        keys = {attribute: upsert(table, editions, attribute) for attribute, table, _ in TABLES}
        waiting = Book.objects.filter(pk__in=self.found, state=Book.State.WAITING).order_by("pk").select_for_update()
        filled: dict[int, Edition] = {}
        rows: dict[int, tuple[list[str], int]] = {
            pk: (locked, stage) for pk, locked, stage in waiting.values_list("pk", "locked", "stage")
        }
        locked = {pk: rows[pk][0] for pk in sorted(rows)}
        heard = {pk: said for pk, said in self.said.items() if pk in locked}
        write_said(heard)
        ends = ended_as([pk for pk, (_, stage) in rows.items() if stage and not self.next_stage], self.order)
        for pk in locked:
            found = self.found[pk]
            if isinstance(found, Edition):
                filled[pk] = found
                more = more_due(found, locked[pk], self.order)
                Book.objects.filter(pk=pk).update(**columns(found, locked[pk]), more_due=more)
            elif self.next_stage:
                Book.objects.filter(pk=pk).update(**RELEASED | {"stage": self.next_stage})
            else:
                said = ends.get(pk) or [(each.source, each.result, each.reason) for each in self.said.get(pk, [])]
                Book.objects.filter(pk=pk).update(**missing(said, self.order))
        for attribute, _, links in TABLES:
            some = {pk: edition for pk, edition in filled.items() if attribute not in locked[pk]}
            link(links, some, attribute, keys[attribute])
        refile(filled)
        BookChange.objects.bulk_create([given_to(pk, edition, locked[pk]) for pk, edition in filled.items()])
        index(filled)
        count_said(heard.values(), self.job_id)


def portions(
    books: Sequence[Book], asked: Asked, job_id: UUID, order: Sequence[Source], next_stage: int = 0
) -> Iterator[Portion]:
    """The answered of `books` in portions that a step can write in 0.2 s."""
    portion = Portion(job_id=job_id, order=order, next_stage=next_stage)
    for book in books:
        if book.isbn not in asked.answer:
            continue
        found = asked.answer[book.isbn]
        if portion.found and portion.rows + weight(found) > MOST_ROWS:
            yield portion
            portion = Portion(job_id=job_id, order=order, next_stage=next_stage)
        portion.add(book, found, asked.said.get(book.isbn, []))
    if portion.found:
        yield portion


def weight(found: Edition | Unreadable | None) -> int:
    names = sum(len(getattr(found, attribute)) for attribute, _, _ in TABLES) if isinstance(found, Edition) else 0
    return 1 + 2 * names


def more_due(edition: Edition, locked: Sequence[str], order: Sequence[Source]) -> bool:
    """Whether a source behind the one that had it may have what it lacks."""
    names = [source.name for source in order]
    behind = order[names.index(edition.source) + 1 :] if edition.source in names else []
    lacks = {name for name in WANTED if name not in locked and not getattr(edition, name)}
    return any(lacks & source.gives for source in behind)


def missing(said: Sequence[tuple[str, str, str]], order: Sequence[Source]) -> dict[str, Any]:
    """The columns of a book that nobody had, by (source, result, reason). A record that can't be read fails it."""
    for result, state in ((Result.UNREADABLE, Book.State.FAILED), (Result.BLANK, Book.State.NOT_FOUND)):
        for _, result_of_one, reason in said:
            if result_of_one == result:
                return {"state": state, "reason": f"{reason} {LATER}", **not_found_at(state), **RELEASED}
    reason = who_was_asked([(source, result) for source, result, _ in said], order)
    return {"state": Book.State.NOT_FOUND, "reason": reason[:500], **not_found_at(Book.State.NOT_FOUND), **RELEASED}


def not_found_at(state: str) -> dict[str, Any]:
    return {"not_found_at": Now()} if state == Book.State.NOT_FOUND else {}


def given_to(book: int, edition: Edition, locked: Sequence[str]) -> BookChange:
    return first_given(book, edition, (name for name in TOLD if name not in locked and getattr(edition, name)))


def columns(found: Edition, locked: Sequence[str] = ()) -> dict[str, Any]:
    """The new columns of a book, without those that somebody wrote."""
    return {
        **{name: value for name, value in plain_columns(found, locked).items() if value},
        "state": Book.State.FILLED,
        "source": found.source,
        "reason": "",
        "filled_at": Now(),
        "not_found_at": None,
        **RELEASED,
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
