"""Time zones by their names (`Europe/Berlin`): which there are, and which of them people choose from."""

from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

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
def _offered() -> list[tuple[str, list[tuple[str, str]]]]:
    places = [name for name in sorted(names()) if name.partition("/")[0] in REGIONS]
    return [
        (region, [(name, name.partition("/")[2].replace("_", " ")) for name in found])
        for region, found in groupby(places, lambda name: name.partition("/")[0])
    ]


def choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """For a field that may be blank: as the browser, UTC, and places by region."""
    return [("", "Same as my browser"), ("UTC", "UTC"), *_offered()]
