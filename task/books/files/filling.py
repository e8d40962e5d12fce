"""What a row of a file says of its book beyond the number: an edition, which fills a book that nobody has found yet."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from task.books.by_hand.saving import known
from task.books.files.models import Upload, UploadRow
from task.books.fill import TABLES, Portion
from task.books.locations import parts_of
from task.books.models import ADDRESS_LENGTH, NAME_LENGTH, RETRYABLE, Book
from task.books.names import upsert
from task.books.record import NAMES, TEXTS
from task.books.sources.edition import MOST_NAMES, Edition, Name, key_of
from task.books.sources.texts import clean_pages
from task.jobs.services.replies import one_line, web_address

SOURCE = 30  # characters of the name of a source
LENGTHS: dict[str, int] = {
    field.name: field.max_length or 0 for field in Book._meta.concrete_fields if field.name in TEXTS
}
WAITS = (Book.State.WAITING, *RETRYABLE)


def source_of(sent: Upload) -> str:
    return one_line(sent.name, SOURCE)


def editions_of(sent: Upload, rows: Sequence[UploadRow]) -> list[Edition]:
    """In the measures of the tables, each with the names that are here already."""
    names = {
        attribute: known(table, [_names(row.record.get(attribute)) for row in rows]) for attribute, table, _ in TABLES
    }
    source = source_of(sent)
    return [
        edition_of(row.record, {attribute: names[attribute][place] for attribute in NAMES}, source)
        for place, row in enumerate(rows)
    ]


def edition_of(record: dict[str, Any], names: dict[str, Any], source: str) -> Edition:
    texts: dict[str, Any] = {name: _line(name, record.get(name)) for name in LENGTHS}
    return Edition(
        **texts,
        **names,
        publishers=[one_line(each, 200) for each in _texts(record.get("publishers"))],
        pages=clean_pages(record.get("pages")),
        cover_url=web_address(record.get("cover_url"), ADDRESS_LENGTH),
        source=source,
    )


def _line(name: str, value: Any) -> str:
    """A note and an edition note may have several lines."""
    text = value if isinstance(value, str) else ""
    lines = text[: LENGTHS[name] * 4].splitlines() if name in ("note", "edition_note", "subtitle") else [text]
    return "\n".join(one_line(line, LENGTHS[name]) for line in lines).strip()[: LENGTHS[name]]


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str) and each.strip()][:MOST_NAMES] if value else []


def _names(value: Any) -> list[Name]:
    lines = [one_line(each, NAME_LENGTH) for each in _texts(value)]
    return [Name(key_of(line), line) for line in lines if line]


def place_of(row: UploadRow) -> tuple[str, str]:
    """Room and shelf; ("", "") where the row has none."""
    if row.record.get("room"):
        return str(row.record["room"]), str(row.record.get("shelf", ""))
    return parts_of(row.location)


def fill(sent: Upload, rows: Sequence[UploadRow]) -> Callable[[], None]:
    """In the transaction of a step. Makes the names, and returns what is to be called once the books are there.

    Names before books, as all who write both: so none of them waits for another in a circle.
    """
    titled = [row for row in rows if row.isbn and row.record.get("title")]
    found = Book.with_removed.filter(isbn__in=[row.isbn for row in titled]).exclude(state__in=WAITS)
    here = set(found.values_list("isbn", flat=True))
    titled = [row for row in titled if row.isbn not in here]
    editions = {row.isbn: edition for row, edition in zip(titled, editions_of(sent, titled), strict=True)}
    make_names(editions.values())

    def write() -> None:
        waiting = Book.objects.filter(isbn__in=editions, state__in=WAITS)
        waiting.filter(state__in=RETRYABLE).update(state=Book.State.WAITING)
        portion = Portion(found={pk: editions[isbn] for pk, isbn in waiting.order_by("pk").values_list("pk", "isbn")})
        if portion.found:
            portion.write()

    return write


def make_names(editions: Iterable[Edition]) -> None:
    some = list(editions)
    for attribute, table, _ in TABLES:
        upsert(table, some, attribute)
