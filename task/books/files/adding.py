"""Rows of a file become rows of its cart, their books rows of the catalogue: each once, whatever is sent again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

from django.db.models import F

from task.books.by_hand import saving
from task.books.carts.accept import Accepted, Sent, accept, stretch
from task.books.carts.models import Cart, Scan
from task.books.files.filling import editions_of, fill, make_names, place_of
from task.books.files.models import Upload, UploadRow
from task.books.isbn import Piece
from task.books.locations import location
from task.books.models import Author, Book, to_number
from task.books.sources.edition import Edition

A_STEP, A_STEP_OF_RECORDS = 500, 50
PATIENCE = 60.0  # seconds that the look-ups wait until all is added: so they are one job, and in nobody's way
NAMES = UUID("0f0a4bb5-3c4e-4c55-9a5f-5a3a1b6d8d5e")  # of rows without an ISBN
WITHOUT = UploadRow.Becomes.WITHOUT


def batches(sent: Upload, after: int) -> Iterator[tuple[list[UploadRow], int]]:
    """Its rows behind a place, with the place of the last one."""
    rows = UploadRow.objects.filter(upload=sent, reading=sent.reading).order_by("place")
    size = A_STEP_OF_RECORDS if sent.has_records else A_STEP
    while batch := list(rows.filter(place__gt=after)[:size]):
        after = batch[-1].place
        yield batch, after


def add(sent: Upload, cart: Cart, rows: Sequence[UploadRow]) -> None:
    """In the transaction of a step, which has locked the owner and the cart."""
    stretch(cart, cart.started + timedelta(microseconds=rows[-1].place))
    others = [row for row in rows if row.becomes == WITHOUT]
    titled = [row for row in others if row.title] if sent.by_hand else []
    standing = entered_before(sent, cart, titled)
    new = [row for row in titled if name_of(sent, row) not in standing]
    editions = editions_by_hand(sent, new)
    make_names(editions)
    numbered = [row for row in rows if row.becomes != WITHOUT]
    fill_books = fill(sent, numbered)
    enter(sent, cart, new, editions)
    accepted = accept(sent.owner, [sent_of(sent, cart, row) for row in numbered], cart, countdown=PATIENCE)
    place_books(sent, numbered, accepted)
    fill_books()
    Upload.objects.filter(pk=sent.pk).update(
        handled=F("handled") + len(rows),
        left=F("left") + len(others) - len(titled),
        entered_before=F("entered_before") + len(standing),
    )


def sent_of(sent: Upload, cart: Cart, row: UploadRow) -> Sent:
    quantity = row.copies if sent.counts_copies else 1
    text = row.text or row.isbn or f"Row {row.number}"
    piece = Piece(1, text, row.isbn, quantity, row.fault, tuple(row.offers), row.note)
    at = cart.started + timedelta(microseconds=row.place)
    return Sent(uuid5(sent.uuid, str(row.place)), "", at, Scan.Way.FILE, (piece,))


def place_books(sent: Upload, rows: Sequence[UploadRow], accepted: Accepted) -> None:
    """A row's own location goes to the book that it has brought."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        for scan in accepted.scans[uuid5(sent.uuid, str(row.place))]:
            if row.location and scan.book_id and scan.effect == Scan.Effect.BROUGHT:
                places[place_of(row)].append(scan.book_id)
    for parts, keys in sorted(places.items()):
        if place := location(*parts):
            Book.objects.filter(pk__in=keys).update(location=place)


def name_of(sent: Upload, row: UploadRow) -> UUID:
    """The same for the same row of the same file, however often it is sent."""
    return uuid5(NAMES, f"{sent.sha256} {row.number} {row.title}")


def entered_before(sent: Upload, cart: Cart, rows: Sequence[UploadRow]) -> set[UUID]:
    """Rows whose books are here: entered from the same file, or of the same local number and title."""
    names = [name_of(sent, row) for row in rows]
    there = Scan.objects.filter(owner=sent.owner_id, uuid__in=names, undone=None, book__removed_at=None)
    before = set(there.exclude(book=None).exclude(cart=cart).values_list("uuid", flat=True))
    numbers = {number_of(row): row for row in rows if number_of(row)}
    titles = dict(Book.objects.filter(number__in=numbers).exclude(scans__cart=cart).values_list("number", "title"))
    return before | {name_of(sent, row) for number, row in numbers.items() if titles.get(number) == row.record["title"]}


def number_of(row: UploadRow) -> str:
    """The local number that it had where it comes from."""
    number = to_number(str(row.record.get("number", "")))
    return number if number.startswith("L") else ""


def editions_by_hand(sent: Upload, rows: Sequence[UploadRow]) -> list[Edition]:
    if sent.has_records:
        return [replace(edition, source="") for edition in editions_of(sent, rows)]
    authors = saving.names_of_each(Author, [row.authors for row in rows])
    return [
        Edition(title=row.title, authors=written, publish_date=row.year)
        for row, written in zip(rows, authors, strict=True)
    ]


def enter(sent: Upload, cart: Cart, rows: Sequence[UploadRow], editions: Sequence[Edition]) -> None:
    """Books by hand. Where the one of before was undone or removed, it is a new one."""
    names = [name_of(sent, row) for row in rows]
    taken = set(Scan.objects.filter(owner=sent.owner_id, uuid__in=names).values_list("uuid", flat=True))
    place = (cart.location.room, cart.location.shelf) if cart.location else ("", "")
    entries = [
        saving.Entry(
            edition,
            uuid5(sent.uuid, f"by hand {row.place}") if name in taken else name,
            cart.started + timedelta(microseconds=row.place),
            row.copies if sent.counts_copies else 1,
            place_of(row) if row.location else place,
            number_of(row),
        )
        for row, name, edition in zip(rows, names, editions, strict=True)
    ]
    saving.save_rows(entries, sent.owner, cart)
