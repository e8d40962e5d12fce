"""An ISBN is tried: each source that is on says what it has, side by side, and nothing of it is written."""

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from task.books.models.sources import LARGEST
from task.books.record import NAMES
from task.books.sources import Edition, Source, Unreadable, in_order
from task.books.sources.edition import WANTED
from task.books.standing.states import standings
from task.jobs import RetryLater

SECONDS = 25.0  # for all of them: who has not been asked by then is not
ROWS = (
    ("title", "Title"), ("subtitle", "Subtitle"), ("authors", "Authors"), ("publishers", "Publisher"),
    ("publish_date", "Published"), ("pages", "Pages"), ("language", "Language"), ("series", "Series"),
    ("subjects", "Subjects"), ("cover_url", "Cover"),
)  # fmt: skip
SHOWN = 3  # names of a list


@dataclass
class Column:
    """What one source said."""

    source: Source
    took: timedelta
    words: str = ""  # instead of a record
    edition: Edition | None = None

    @property
    def raw(self) -> str:
        """To be read: JSON in lines. What is not kept is not shown either."""
        raw = self.edition.raw if self.edition and self.source.keeps_raw else ""
        if not raw.startswith("{") or len(raw) > LARGEST:
            return raw[:LARGEST]
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=2)


@dataclass(frozen=True)
class Cell:
    value: str
    is_taken: bool


@dataclass
class Trial:
    isbn: str
    columns: list[Column] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)  # sentences
    took: timedelta = timedelta()

    @property
    def rows(self) -> list[tuple[str, list[Cell]]]:
        """By field what each has. What the book would get: all of the first record, and of the others what it lacks."""
        found = [column for column in self.columns if column.edition]
        rows = []
        for name, label in ROWS:
            taken = next((each for each in found if takes(each, name, found[0])), None)
            cells = [Cell(in_words(each.edition, name), each is taken) for each in self.columns]
            rows.append((label, cells))
        return rows


def takes(column: Column, name: str, first: Column) -> bool:
    if not getattr(column.edition, name):
        return False
    return column is first or (name in WANTED and name in column.source.gives)


def in_words(edition: Edition | None, name: str) -> str:
    value: Any = getattr(edition, name, None)
    if name == "cover_url":
        return "has one" if value else ""
    if name == "series" and edition:
        return ", ".join(part for part in (edition.series, edition.series_number) if part)
    if not isinstance(value, list):
        return "" if value is None else str(value)
    texts = [each.name for each in value] if name in NAMES else value
    rest = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def try_isbn(isbn: str) -> Trial:
    """Asks each source once, one after the other. Outside of a transaction; not for a job."""
    trial, began = Trial(isbn), time.monotonic()
    order = in_order()
    trial.not_asked = [
        f"{each.source.label} is {each.state} and was not asked."
        for each in standings()
        if each.place and each.source not in order
    ]
    for source in order:
        before = time.monotonic()
        if before - began > SECONDS:
            trial.not_asked.append(f"{source.label} was not asked: the others took too long.")
            continue
        try:
            found = source.look_up([isbn]).get(isbn)
        except RetryLater as fault:
            trial.columns.append(Column(source, since(before), str(fault)))
            continue
        if isinstance(found, Edition):
            trial.columns.append(Column(source, since(before), edition=found))
        else:
            words = found.reason if isinstance(found, Unreadable) else "does not have it"
            trial.columns.append(Column(source, since(before), words))
    trial.took = since(began)
    return trial


def since(moment: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - moment)
