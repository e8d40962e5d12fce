"""What is kept of a line, and how an edition is put together of it again: as Open Library's books API answers."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from operator import mul
from typing import Any, NamedTuple

from task.books.sources.edition import Edition, Unreadable
from task.books.sources.languages import language_of
from task.books.sources.openlibrary_record import COVERS, OUTSIDE
from task.books.sources.openlibrary_record import record as edition_of_record
from task.books.sources.texts import clean, clean_pages

EDITION, WORK, AUTHOR = range(3)
KINDS = {b"/type/edition": EDITION, b"/type/work": WORK, b"/type/author": AUTHOR}
KEY = re.compile(r"/?(?:books|works|authors)/OL(\d{1,9})([MWA])\Z")
OF_LETTER = {"M": EDITION, "W": WORK, "A": AUTHOR}

MOST_ISBNS, MOST_AUTHORS, MOST_SUBJECTS, MOST_WORKS = 50, 50, 100, 5
LONG, SHORT = 1000, 200  # letters

Record = list[Any]
EMPTY: tuple[Any, ...] = ("", None, [], 0)


class Line(NamedTuple):
    """A record of a kind under its keys: of an edition ISBNs as numbers, else its own number."""

    kind: int
    keys: set[int]
    record: Record


class Moved(NamedTuple):
    """A number that leads to another one since some revision; to 0: it is deleted."""

    kind: int
    number: int
    to: int
    revision: int


class Broken(Exception):
    """A line that is none of a dump."""


def read(line: bytes) -> Line | Moved | None:
    """None: nothing that a book needs. Raises Broken."""
    columns = line.split(b"\t", 4)
    if len(columns) < 4:
        raise Broken
    kind = KINDS.get(columns[0])
    if kind is None:
        return moved(columns)
    if len(columns) < 5:
        raise Broken
    if kind == EDITION and b'"isbn_1' not in columns[4]:
        return None
    try:
        found = json.loads(columns[4].decode())
        own = KEY.match(columns[1].decode())
    except (ValueError, RecursionError):
        raise Broken from None
    if not isinstance(found, dict) or own is None or OF_LETTER[own[2]] != kind:
        raise Broken
    number = int(own[1])
    kept = KEPT[kind](found)
    keys = isbn_keys(found) if kind == EDITION else {number}
    if not keys or not any(kept):
        return None
    record = [number, revision_of(columns[2]), day_of(columns[3]), *kept]
    while record[-1] in EMPTY:
        record.pop()
    return Line(kind, keys, record)


def moved(columns: Sequence[bytes]) -> Moved | None:
    if columns[0] not in (b"/type/redirect", b"/type/delete"):
        return None
    try:
        own = KEY.match(columns[1].decode())
        to = None
        if columns[0] == b"/type/redirect":
            found = json.loads(columns[4].decode())
            to = KEY.match(str(found.get("location"))) if isinstance(found, dict) else None
    except (ValueError, RecursionError, IndexError):
        raise Broken from None
    if own is None:
        return None  # a subject, a list, a page
    same = to is not None and to[2] == own[2]
    return Moved(OF_LETTER[own[2]], int(own[1]), int(to[1]) if to and same else 0, revision_of(columns[2]))


def revision_of(column: bytes) -> int:
    return int(column) if column.isdigit() and len(column) < 8 else 0


def day_of(column: bytes) -> int:
    """As the number of a day; 0 where it is none."""
    try:
        return date.fromisoformat(column[:10].decode()).toordinal()
    except ValueError:
        return 0


# What is kept


def of_edition(found: dict[str, Any]) -> Record:
    title, prefix = text(found.get("title"), LONG), text(found.get("title_prefix"), SHORT)
    if prefix and title:
        title = f"{prefix}{title}" if prefix[-1] in "'’ " else f"{prefix} {title}"
    pages = clean_pages(found.get("number_of_pages")) or text(found.get("pagination"), SHORT)
    languages = [each.get("key") for each in some(found.get("languages"), 1) if isinstance(each, dict)]
    return [
        title,
        text(found.get("subtitle"), LONG),
        numbers(found.get("authors"), "A", MOST_AUTHORS),
        numbers(found.get("works"), "W", MOST_WORKS),
        texts(found.get("publishers"), 20),
        text(found.get("publish_date"), SHORT),
        pages,
        texts(found.get("subjects"), MOST_SUBJECTS),
        texts(found.get("subject_people"), MOST_SUBJECTS),
        next((each for each in some(found.get("covers"), 20) if type(each) is int and 0 < each < 2**40), 0),
        text(languages[0], SHORT).removeprefix("/languages/") if languages else "",
        next(iter(texts(found.get("series"), 1)), ""),
        text(found.get("edition_name"), SHORT),
    ]


def of_work(found: dict[str, Any]) -> Record:
    return [
        numbers(found.get("authors"), "A", MOST_AUTHORS),
        texts(found.get("subjects"), MOST_SUBJECTS),
        texts(found.get("subject_people"), MOST_SUBJECTS),
    ]


def of_author(found: dict[str, Any]) -> Record:
    return [text(found.get("name"), LONG) or text(found.get("personal_name"), LONG)]


KEPT: tuple[Callable[[dict[str, Any]], Record], ...] = (of_edition, of_work, of_author)


def text(value: Any, length: int) -> str:
    return value[:length] if isinstance(value, str) else ""


def some(value: Any, most: int) -> list[Any]:
    if isinstance(value, str):
        return [value]
    return value[:most] if isinstance(value, list) else []


def texts(value: Any, most: int) -> list[str]:
    return [each[:LONG] for each in some(value, most) if isinstance(each, str) and each]


def numbers(value: Any, letter: str, most: int) -> list[int]:
    """Of {key}, {author: {key}}, {author: key} and keys."""
    found = []
    for each in some(value, most):
        if isinstance(each, dict):
            each = each.get("author") or each.get("key")
            each = each.get("key") if isinstance(each, dict) else each
        key = KEY.match(each) if isinstance(each, str) else None
        if key and key[2] == letter:
            found.append(int(key[1]))
    return found


# ISBNs as numbers of nine digits: those of 979 have a 1 before them

BEGINNING = re.compile(r"[\s=\"'\[(]*(?:ISBN\S*\s*)?([0-9][0-9Xx -]{8,20})", re.ASCII | re.IGNORECASE)
WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)


def isbn_keys(found: dict[str, Any]) -> set[int]:
    values = [*some(found.get("isbn_13"), MOST_ISBNS), *some(found.get("isbn_10"), MOST_ISBNS)]
    return {key for value in values if isinstance(value, str) and (key := isbn_key(value)) is not None}


def isbn_key(value: str) -> int | None:
    """None where it is no ISBN of 10 or 13, or has a wrong check digit."""
    if len(value) not in (10, 13) or not value.isalnum():
        begins = BEGINNING.match(value[:100])
        if begins is None:
            return None
        value = begins[1].replace("-", "").replace(" ", "")
    if not value.isascii():
        return None
    digits = value.encode()
    if len(value) == 13 and value.isdigit() and value.startswith(("978", "979")):
        is_good = (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
        return int(value[3:12]) + (1_000_000_000 if value[2] == "9" else 0) if is_good else None
    if len(value) == 10 and value[:9].isdigit() and (value[9].isdigit() or value[9] in "Xx"):
        check = 10 if value[9] in "Xx" else digits[9] - 48
        return int(value[:9]) if (sum(map(mul, WEIGHTS, digits)) - 2592 + check) % 11 == 0 else None
    return None


# An edition of it


def edition_of(record: Record, find: Callable[[int, int], Record | None], source: str) -> Edition | Unreadable:
    """`find` has the record of a work or an author by its number. What the edition lacks comes from its works."""
    kept = [*record[3:], *([None] * 13)]
    title, subtitle, authors, works, publishers, published, pages, subjects, people, cover = kept[:10]
    language, series, edition_name = kept[10:13]
    of_works = [[*found[3:], [], [], []] for number in works or () if (found := find(WORK, number))]
    authors = authors or next((each[0] for each in of_works if each[0]), [])
    subjects = subjects or next((each[1] for each in of_works if each[1]), [])
    people = people or next((each[2] for each in of_works if each[2]), [])
    key = f"/books/OL{record[0]}M"
    made = {
        "key": key,
        "url": f"{OUTSIDE}{key}",
        "title": title,
        "subtitle": subtitle,
        "authors": [
            {"name": author[3], "url": f"{OUTSIDE}/authors/OL{author[0]}A"}
            for number in authors
            if (author := find(AUTHOR, number)) and len(author) > 3
        ],
        "subjects": [subject(name) for name in subjects],
        "subject_people": [subject(name, "person:") for name in people],
        "publishers": publishers,
        "publish_date": published,
        "number_of_pages": pages,
        "cover": {"large": f"{COVERS}/b/id/{cover}-L.jpg"} if cover else None,
    }
    edition = edition_of_record({name: value for name, value in made.items() if value}, source)
    if isinstance(edition, Edition):
        edition.language = language_of(language or "")
        edition.series = clean(series, 300)
        edition.edition_note = clean(edition_name, 500)
    return edition


def subject(name: str, kind: str = "") -> dict[str, str]:
    return {"name": name, "url": f"{OUTSIDE}/subjects/{kind}{name.lower().replace(' ', '_')}"}
