"""How each source stands: answering, paused, failing or off, and why; what it was asked, and had, in 30 days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from task.books.models import SourceDay, SourceState
from task.books.sources import SOURCES, Source, chosen
from task.books.sources.asking import asked_to_wait
from task.books.sources.dumps.store import is_expected
from task.books.standing.loaded import Loaded, loaded, loading
from task.jobs.models import Job, RateLimit
from task.kit.progress import share

DAYS = 30
FEW = "The few books that came with the desk. manage.py load_catalogue FILE loads Open Library’s dumps"

UNREADABLE = "The loaded catalogue can’t be read. Check that it is there, or load it again."


@dataclass
class Standing:
    source: Source
    place: int  # in the order in which they are asked; 0: it is not
    is_last: bool = False  # of those
    state: str = "answering"
    why: str = ""
    until: datetime | None = None  # its next try
    paused_at: datetime | None = None  # by staff
    paused_by: str = ""
    asked: int = 0
    found: int = 0
    last_at: datetime | None = None
    took: timedelta | None = None
    loaded: Loaded | None = None  # of dumps, into a local one
    loading: Job | None = None  # the job that does so now

    @property
    def percent(self) -> int:
        return share(self.found, self.asked, 100) if self.asked else 0

    @property
    def interval(self) -> str:
        seconds = self.source.seconds
        if not seconds:
            return "no limit"
        if seconds >= 1.5:
            return f"1 every {seconds:g} s"
        return f"{max(round(1 / seconds), 1)} a second"

    @property
    def about(self) -> str:
        if self.source.is_local:
            return str(self.loaded) if self.loaded else "" if self.state == "failing" else FEW
        count = self.source.batch
        return f"{count} ISBN{'' if count == 1 else 's'} a request"


def standings() -> list[Standing]:
    """Those that SOURCES names, in their order; then those that are off. At most six queries."""
    states = list(SourceState.objects.select_related("paused_by"))
    order = chosen(states)
    rest = [source for source in SOURCES.values() if source not in order]
    asked = [Standing(source, place, place == len(order)) for place, source in enumerate(order, 1)]
    found = [*asked, *(Standing(each, 0) for each in rest)]
    names = [source.name for source in SOURCES.values()]
    limits = {limit.source: limit for limit in RateLimit.objects.filter(source__in=names)}
    paused = {row.source: row for row in states if row.paused_at}
    now = timezone.now()
    for each in found:
        if each.source.is_local:
            each.loaded, each.loading = loaded(), loading()
        set_state(each, limits.get(each.source.name), paused.get(each.source.key), now)
    count({each.source.name: each for each in found})
    return found


def set_state(each: Standing, limit: RateLimit | None, paused: SourceState | None, now: datetime) -> None:
    if not each.place or each.source.missing:
        each.state, each.why = "off", f"{' and '.join(what_to_set(each))} to switch it on."
    elif paused:
        each.state, each.paused_at, each.paused_by = "paused", paused.paused_at, str(paused.paused_by or "")
    elif each.source.is_local and not each.loaded and is_expected():
        each.state, each.why = "failing", UNREADABLE
    elif limit:
        blocked = bool(limit.blocked_until and limit.blocked_until > now)
        if blocked and limit.reason == asked_to_wait(each.source.name):
            each.state = "paused"
        elif blocked or limit.strikes:
            each.state = "failing"
        if each.state != "answering":
            each.why, each.until = limit.reason, limit.blocked_until if blocked else None


def what_to_set(each: Standing) -> list[str]:
    named = each.source.key in settings.SOURCES
    words = [] if named else [f"Add {each.source.key} to SOURCES"]
    if each.source.missing:
        words.append(f"{'set' if words else 'Set'} {each.source.missing}")
    return words


def count(by_name: Mapping[str, Standing]) -> None:
    """Of at most SHARDS rows a source and day."""
    since = timezone.now().date() - timedelta(days=DAYS)
    rows = SourceDay.objects.filter(source__in=by_name, day__gte=since)
    for source, asked, found, asked_at, answered_at in rows.values_list(
        "source", "asked", "found", "asked_at", "answered_at"
    ):
        each = by_name[source]
        each.asked += asked
        each.found += found
        if each.last_at is None or answered_at > each.last_at:
            each.last_at, each.took = answered_at, answered_at - asked_at


@transaction.atomic
def move(source: Source, to: int, seen: int | None = None) -> bool:
    """Ask it as the `to`-th. False: it is not where somebody has `seen` it, is not asked, or there is no such place."""
    for key in sorted(settings.SOURCES):
        SourceState.objects.get_or_create(source=key)
    order = chosen(SourceState.objects.select_for_update().order_by("source"))
    if source not in order or not 1 <= to <= len(order) or seen not in (None, order.index(source) + 1):
        return False
    order.remove(source)
    order.insert(to - 1, source)
    for place, each in enumerate(order, 1):
        SourceState.objects.filter(source=each.key).update(place=place)
    return True


def switch(source: Source, paused: bool, by: Any) -> bool:
    """Whether that changed anything."""
    if paused:
        state, _ = SourceState.objects.get_or_create(source=source.key)
        rows = SourceState.objects.filter(pk=state.pk, paused_at=None)
        return bool(rows.update(paused_at=timezone.now(), paused_by=by))
    rows = SourceState.objects.filter(source=source.key, paused_at__isnull=False)
    return bool(rows.update(paused_at=None, paused_by=None))
