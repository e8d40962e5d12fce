"""Time zones by their names (`Europe/Berlin`): which there are, and which of them people choose from."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo, available_timezones

Choices = list[tuple[str, str | list[tuple[str, str]]]]
REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
MOST = 64  # characters of a name


@cache
def names() -> frozenset[str]:
    """All that this machine knows, old names too: browsers still say `Asia/Calcutta`."""
    return frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo | None:
    """None where there is no such zone."""
    return ZoneInfo(name) if name in names() else None


@cache
def _by_region() -> list[tuple[str, list[tuple[str, str]]]]:
    places = [name for name in sorted(names()) if name.partition("/")[0] in REGIONS]
    return [
        (region, sorted([(name, _place(name)) for name in found], key=itemgetter(1)))
        for region, found in groupby(places, lambda name: name.partition("/")[0])
    ]


def _place(name: str) -> str:
    """ "America/Argentina/Buenos_Aires": Buenos Aires, Argentina."""
    return ", ".join(reversed(name.replace("_", " ").split("/")[1:]))


def choices() -> Choices:
    """What a field takes that may be blank: as the browser, UTC, and all places by region, old names too."""
    return [("", "Same as my browser"), ("UTC", "UTC"), *_by_region()]


@cache
def _current() -> frozenset[str]:
    """One name for each place: those of the time zone database's own table, which has no old ones."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines()
    return frozenset(line.split("\t")[2] for line in lines if line and not line.startswith("#"))


def choices_of_today(chosen: str = "") -> Choices:
    """What a form offers of `choices`: each place once, with how far from UTC it is now. `chosen` is among them."""
    now = datetime.now(UTC)
    regions = [
        (region, [(name, f"{place} ({offset(name, now)})") for name, place in places if name in _current() | {chosen}])
        for region, places in _by_region()
    ]
    return [("", "Same as my browser"), ("UTC", "UTC"), *regions]


def offset(name: str, now: datetime) -> str:
    """ "UTC+1", "UTC-3:30"."""
    minutes = round((now.astimezone(ZoneInfo(name)).utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
