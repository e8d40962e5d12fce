"""What sources said of books, written in the step of the look-up that asked them: a row a book and source."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import F

from task.books.models import SourceAnswer, SourceDay
from task.books.sources import Source
from task.books.stages import Result, Said


def write_said(said: Mapping[int, Sequence[Said]]) -> None:
    """Inside a step: the newest answer of each source, by the book's pk. The books are locked by the caller."""
    rows = [
        SourceAnswer(
            book_id=pk, source=each.source, result=each.result, reason=each.reason[:300], raw=each.raw,
            asked_at=each.asked_at,
        )
        for pk in sorted(said)
        for each in sorted(said[pk], key=lambda each: each.source)
    ]  # fmt: skip
    if not rows:
        return
    SourceAnswer.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["book", "source"],
        update_fields=["result", "reason", "raw", "asked_at"],
    )  # fmt: skip


def count_said(said: Iterable[Sequence[Said]], job_id: UUID | None) -> None:
    """Of each source and day: how many books it was asked for, and had. The last that a step locks, by their keys."""
    shard = job_id.int % SourceDay.SHARDS if job_id else 0
    asked: Counter[tuple[str, date]] = Counter()
    found: Counter[tuple[str, date]] = Counter()
    last: dict[tuple[str, date], Said] = {}
    for each in chain.from_iterable(said):
        if each.result == Result.AWAY:
            continue
        key = (each.source, each.asked_at.date())
        asked[key] += 1
        found[key] += each.result == Result.FOUND
        last[key] = each
    for (source, day), number in sorted(asked.items()):
        each = last[source, day]
        times = {"asked_at": each.asked_at, "answered_at": each.answered_at}
        add(SourceDay(source=source, day=day, shard=shard, asked=number, found=found[source, day], **times))


def add(more: SourceDay) -> None:
    """To the row of the same source, day and shard; the first of a day makes it."""
    key: dict[str, Any] = {"source": more.source, "day": more.day, "shard": more.shard}
    times = {"asked_at": more.asked_at, "answered_at": more.answered_at}
    grown = {"asked": F("asked") + more.asked, "found": F("found") + more.found, **times}
    row = SourceDay.objects.filter(**key)
    if not row.update(**grown):
        SourceDay.objects.bulk_create([SourceDay(**key, **times)], ignore_conflicts=True)
        row.update(**grown)


def ended_as(books: Sequence[int], order: Sequence[Source]) -> dict[int, list[tuple[str, str, str]]]:
    """(source, result, reason) of all that were asked for these books, stage by stage, in the order of the sources."""
    place = {source.name: place for place, source in enumerate(order)}
    rows = SourceAnswer.objects.filter(book__in=books, source__in=place) if books else SourceAnswer.objects.none()
    found: dict[int, list[tuple[str, str, str]]] = {}
    for pk, *one in sorted(rows.values_list("book", "source", "result", "reason"), key=lambda row: place[row[1]]):
        found.setdefault(pk, []).append((one[0], one[1], one[2]))
    return found
