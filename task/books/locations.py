"""Locations: two parts, room and shelf, from a list that grows by typing."""

import re

from task.books.models import Location, place_key

LENGTH = 100  # characters of the room, and of the shelf
SUGGESTED = 200  # of each part
PARTED = re.compile(r"\s*[·•/|>]\s*|\s+[-\u2013\u2014]\s+")  # people type what their keyboard has


def location(room: str, shelf: str = "") -> Location | None:
    """The location of this name in any spelling, a new one where there is none; None for no room."""
    room, shelf = (" ".join(part.split())[:LENGTH] for part in (room, shelf))
    if not room:
        return None
    place: Location = Location.objects.get_or_create(
        key=place_key(room, shelf), defaults={"room": room, "shelf": shelf}
    )[0]
    return place


def location_named(text: str) -> Location | None:
    """The location as one writes it in one piece: "Main hall · SF 3"."""
    return location(*parts_of(text))


def parts_of(text: str) -> tuple[str, str]:
    """Room and shelf; ("", "") where nothing is written."""
    room, *shelf = PARTED.split(" ".join(text.split()), maxsplit=1)
    return room, "".join(shelf)


def suggestions() -> dict[str, list[str]]:
    """Rooms and shelves to choose from while somebody types."""
    places = list(Location.objects.order_by("key").values_list("room", "shelf")[:SUGGESTED])
    return {
        "rooms": list(dict.fromkeys(room for room, _ in places)),
        "shelves": list(dict.fromkeys(shelf for _, shelf in places if shelf)),
    }
