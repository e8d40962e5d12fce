"""A record as Open Library writes it: of its books API, or put together from its dumps."""

import json
import re
from collections.abc import Callable
from typing import Any

from task.books.sources.edition import Blank, Edition, Name, Unreadable, each_once, named
from task.books.sources.texts import clean, clean_pages, clean_url, is_no_name, is_no_title

NAME = "Open Library"
OUTSIDE = "https://openlibrary.org"
COVERS = "https://covers.openlibrary.org"
MACHINE_TAG = re.compile(r"^\w+:\S+=")  # among the subjects: "nyt:series_books=2008-03-15"


def record(found: Any, source: str = NAME) -> Edition | Unreadable:
    """One record; what is odd in a field costs that field, what is odd in a record costs that book."""
    if not isinstance(found, dict) or not found:
        return Unreadable(f"{source[:1].upper()}{source[1:]} has a record of this book that can't be read.")
    title = clean(found.get("title"), 1000)
    authors = [name for name in names(found.get("authors"), author_key) if not is_no_name(name.name)]
    if is_no_title(title, has_author=bool(authors)):
        return Blank(f"{source[:1].upper()}{source[1:]} knows this ISBN, but has no title for it.")
    cover = found.get("cover")
    sizes = ("large", "medium", "small")
    pictures = [cover.get(size) for size in sizes] if isinstance(cover, dict) else [cover]
    subjects = names(found.get("subjects"), subject_key)
    return Edition(
        title=title,
        subtitle=clean(found.get("subtitle"), 1000),
        authors=authors,
        people=names(found.get("subject_people"), subject_key),
        subjects=[subject for subject in subjects if not MACHINE_TAG.match(subject.name)],
        pages=clean_pages(found.get("number_of_pages")) or clean_pages(found.get("pagination")),
        publish_date=clean(found.get("publish_date"), 100),
        publishers=[name.name for name in names(found.get("publishers"), lambda url: "")][:20],
        cover_url=next((url for url in map(clean_url, pictures) if url), ""),
        outside_id=clean(found.get("key"), 200).removeprefix("/books/"),
        outside_url=clean_url(found.get("url")),
        source=source,
        raw=json.dumps(found, ensure_ascii=False),
    )


def names(found: Any, key: Callable[[str], str]) -> list[Name]:
    """Of a list of {name, url}, or of names; whatever else stands in it is left out."""
    entries = found if isinstance(found, list) else [found]
    made = []
    for entry in entries:
        name, url = (entry.get("name"), entry.get("url")) if isinstance(entry, dict) else (entry, "")
        made.append(named(name, key(url if isinstance(url, str) else ""), url, mends=True))
    return each_once(name for name in made if name)


def author_key(url: str) -> str:
    """/authors/OL25712A, whatever the slug behind it: that changes when somebody mends the name."""
    found = re.search(r"/authors/(OL\d+A)\b", url)
    return f"/authors/{found[1]}" if found else ""


def subject_key(url: str) -> str:
    found = re.search(r"/subjects/[^?#\s]+", url)
    return found[0] if found else ""
