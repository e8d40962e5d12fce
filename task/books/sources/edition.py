"""What a source answers about one ISBN, in the measures of our tables."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from task.books.models import KEY_LENGTH, NAME_LENGTH
from task.books.sources.texts import clean, clean_url, is_hollow
from task.kit.keys import fold_name

WANTED = ("authors", "publish_date", "publishers", "language", "cover_url")  # that the next sources are asked for
MOST_NAMES = 200  # of one sort in one book; the most seen is 95 subjects


@dataclass(frozen=True)
class Name:
    """An author, a person or a subject."""

    key: str
    name: str
    url: str = ""
    mends: bool = False  # the source keeps the key whatever the name is: another name under it is the better one


@dataclass
class Edition:
    title: str = ""
    subtitle: str = ""
    authors: list[Name] = field(default_factory=list)
    people: list[Name] = field(default_factory=list)
    subjects: list[Name] = field(default_factory=list)
    pages: int | None = None
    publish_date: str = ""
    publishers: list[str] = field(default_factory=list)
    language: str = ""
    series: str = ""
    series_number: str = ""
    edition_note: str = ""
    note: str = ""
    cover_url: str = ""
    outside_id: str = ""
    outside_url: str = ""
    source: str = ""  # the name of the source that knew it
    raw: str = field(default="", repr=False, compare=False)  # that record as the source has it


@dataclass(frozen=True)
class Unreadable:
    """The source has a record, but not one that can be read: `reason` is a sentence."""

    reason: str
    raw: str = field(default="", repr=False, compare=False)


class Blank(Unreadable):
    """The source has a record that says nothing, such as one without a title: not found, until somebody mends it."""


# By ISBN-13: None where the source surely knows nothing; absent where it is not sure (ask for fewer at once).
Answer = dict[str, Edition | Unreadable | None]


class Source(Protocol):
    """One that answers look-ups. `key` is what SOURCES calls it; `name` stands in sentences and rows, 30 letters."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str:
        """As a heading."""
        ...

    @property
    def is_local(self) -> bool:
        """It answers at once, without a network."""
        ...

    @property
    def seconds(self) -> float:
        """Between two requests."""
        ...

    @property
    def batch(self) -> int:
        """ISBNs that one request asks for, at most."""
        ...

    @property
    def gives(self) -> frozenset[str]:
        """Fields that it is asked for where a book was found elsewhere, and lacks them."""
        ...

    @property
    def keeps_raw(self) -> bool:
        """Its answers may be kept as they came."""
        ...

    @property
    def missing(self) -> str:
        """A setting that it can't do without, and has not."""
        ...

    def look_up(self, isbns: Sequence[str]) -> Answer:
        """Ask once, about at most 25 ISBN-13 where it needs a network. Raises RetryLater when it can't be reached."""
        ...


def key_of(name: str, key: str = "") -> str:
    """The key by which a name is known: the source's own, else name: and the name as it is searched for."""
    key = key or f"name:{fold_name(name)}"
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[: KEY_LENGTH - 33]}~{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def each_once(names: Iterable[Name]) -> list[Name]:
    """Without repeats, in order, at most MOST_NAMES."""
    return list({name.key: name for name in reversed(list(names))}.values())[::-1][:MOST_NAMES]


def named(name: Any, key: str = "", url: Any = "", mends: bool = False) -> Name | None:
    """A Name of what a source gave; None without a name."""
    text = clean(name, NAME_LENGTH)
    if is_hollow(text):
        return None
    return Name(key_of(text, clean(key, 10_000)), text, clean_url(url), mends=mends and bool(key))
