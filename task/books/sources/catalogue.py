"""The local catalogue: Open Library's dumps, where they are loaded (`dumps`), and real books in a committed file."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from task.books.sources.dumps.look_up import find
from task.books.sources.dumps.store import KEY, is_in_place
from task.books.sources.edition import WANTED, Answer, Edition, Name, each_once, named
from task.books.sources.openlibrary_record import COVERS, OUTSIDE
from task.books.sources.texts import clean, clean_pages

NAME = "the local catalogue"
FILE = Path(__file__).with_name("catalogue.json")


class Catalogue:
    key = KEY
    name = NAME
    label = "Local catalogue"
    is_local = True
    seconds = 0.0
    batch = 25  # a step writes so many, and holds others up while it does
    keeps_raw = False
    missing = ""

    @property
    def gives(self) -> frozenset[str]:
        """Of its few books Open Library has it all; of a dump it asks nobody."""
        return frozenset(WANTED) if is_in_place() else frozenset()

    def look_up(self, isbns: Sequence[str]) -> Answer:
        loaded = find(isbns, NAME)
        return {isbn: loaded.get(isbn) or editions().get(isbn) for isbn in isbns}

    def isbns(self) -> list[str]:
        return list(editions())


@cache
def editions() -> dict[str, Edition]:
    records: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return {isbn: edition(record) for isbn, record in records.items()}


def edition(record: dict[str, Any]) -> Edition:
    """A record of the file: authors are names or [name, Open Library's id]; subjects and people are names."""
    authors = [[entry, ""] if isinstance(entry, str) else entry for entry in record.get("authors", [])]
    outside_id = record.get("outside_id", "")
    cover = record.get("cover")
    return Edition(
        title=clean(record["title"], 1000),
        subtitle=clean(record.get("subtitle"), 1000),
        authors=names((name, f"/authors/{known}" if known else "") for name, known in authors),
        people=names((name, f"/subjects/person:{slug(name)}") for name in record.get("people", [])),
        subjects=names((name, f"/subjects/{slug(name)}") for name in record.get("subjects", [])),
        pages=clean_pages(record.get("pages")),
        publish_date=clean(record.get("publish_date"), 100),
        publishers=record.get("publishers", []),
        cover_url=f"{COVERS}/b/id/{cover}-L.jpg" if cover else "",
        outside_id=outside_id,
        outside_url=f"{OUTSIDE}/books/{outside_id}" if outside_id else "",
        source=NAME,
    )


def slug(name: str) -> str:
    """As Open Library makes the address of a subject of its name."""
    return name.lower().replace(" ", "_")


def names(pairs: Any) -> list[Name]:
    made = (named(name, key, f"{OUTSIDE}{key}" if key else "") for name, key in pairs)
    return each_once(name for name in made if name)
