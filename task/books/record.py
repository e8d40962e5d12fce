"""What is known of a book, field by field: read, compared, and in words."""

from collections.abc import Iterable
from typing import Any

from task.books.models import Author, Book, BookAuthor, BookPerson, BookSubject, Link, Location, Named, Person, Subject

TEXTS = ("title", "subtitle", "publish_date", "language", "series", "series_number", "edition_note", "note")
PLAIN = (*TEXTS, "pages", "publishers")
# Which list stands in which tables.
NAMES: dict[str, tuple[type[Named], type[Link]]] = {
    "authors": (Author, BookAuthor),
    "people": (Person, BookPerson),
    "subjects": (Subject, BookSubject),
}
LISTS = (*NAMES, "publishers")
OF_SOURCES = (*PLAIN, *NAMES)  # what a source may give, and a person locks by writing it
LABELS = {
    "isbn": "ISBN", "title": "Title", "subtitle": "Subtitle", "authors": "Authors", "people": "People in it",
    "subjects": "Subjects", "publishers": "Publishers", "publish_date": "Year", "language": "Language",
    "pages": "Pages", "series": "Series", "series_number": "Number in the series", "edition_note": "Edition note",
    "note": "Note", "location": "Location", "copies": "Copies", "cover_url": "Cover",
}  # fmt: skip
IN_ORDER = {name: place for place, name in enumerate(LABELS)}  # a database may keep JSON in another
CUT, CUT_NAMES = 200, 30  # letters of a text and names of a list that a history shows of what something became

Pair = tuple[str, str]  # the key and the name of an author, a person or a subject


def values_of(book: Book) -> dict[str, Any]:
    """All of it: texts, the number of pages, lists of texts or of Pairs, room and shelf of the location."""
    values: dict[str, Any] = {name: getattr(book, name) for name in PLAIN}
    values |= {attribute: pairs_of(book, attribute) for attribute in NAMES}
    return values | {"isbn": book.isbn or "", "location": location_of(book.location)}


def location_of(place: Location | None) -> list[str]:
    return [part for part in (place.room, place.shelf) if part] if place else []


def pairs_of(book: Book, attribute: str) -> list[Pair]:
    """Authors in their order, people and subjects by name."""
    _, links = NAMES[attribute]
    order = ("position", "pk") if attribute == "authors" else (f"{links.target}__name_key", "pk")
    rows = links._base_manager.filter(book=book.pk).order_by(*order)
    return list(rows.values_list(f"{links.target}__key", f"{links.target}__name"))


def differ(field: str, one: Any, other: Any) -> bool:
    """Of people and subjects nobody says which comes first."""
    if field in NAMES:
        keys = [[key for key, _ in value] for value in (one, other)]
        return keys[0] != keys[1] if field == "authors" else sorted(keys[0]) != sorted(keys[1])
    return bool(one != other)


def names_in(field: str, value: Any) -> list[str]:
    return [name for _, name in value] if field in NAMES else list(value)


def in_words(field: str, value: Any) -> str:
    """As one reads it in a line."""
    if field == "location":
        return " · ".join(value)
    if field in LISTS:
        return ", ".join(names_in(field, value))
    return "" if value is None else str(value)


def shorten(text: str, length: int = CUT) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def in_order(fields: Iterable[str]) -> list[str]:
    return sorted(fields, key=lambda name: IN_ORDER.get(name, len(IN_ORDER)))


def cut(field: str, value: Any) -> Any:
    """The beginning of it, for a history: what it became is kept whole in the book itself, or in the next change."""
    if field in LISTS:
        return [name[:CUT] for name in names_in(field, value)[:CUT_NAMES]]
    return in_words(field, value)[:CUT]
