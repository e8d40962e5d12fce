"""Where books stand, as people write it: "Main hall · SF 3"."""

import re

from task.books.models import Location, place_key

LENGTH = 100  # characters of the room, and of the shelf
PARTED = re.compile(r"\s*[·•/|>]\s*|\s+[-\u2013\u2014]\s+")  # people type what their keyboard has


def parts_of(text: str) -> tuple[str, str]:
    """Room and shelf; ("", "") where nothing is written."""
    room, *shelf = PARTED.split(" ".join(text.split()), maxsplit=1)
    return (room[:LENGTH], "".join(shelf)[:LENGTH]) if room else ("", "")


def location_named(text: str) -> Location | None:
    """The location of this name in any spelling, a new one where there is none; None for no name."""
    room, shelf = parts_of(text)
    if not room:
        return None
    location, _ = Location.objects.get_or_create(key=place_key(room, shelf), defaults={"room": room, "shelf": shelf})
    return location
