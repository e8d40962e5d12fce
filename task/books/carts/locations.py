"""Locations: two parts, room and shelf, from a list that grows by typing."""

from task.books.models import Location, place_key

SUGGESTED = 200  # of each part


def location(room: str, shelf: str = "") -> Location | None:
    """The location of this name in any spelling, a new one where there is none; None for no room."""
    room, shelf = " ".join(room.split()), " ".join(shelf.split())
    if not room:
        return None
    place: Location = Location.objects.get_or_create(
        key=place_key(room, shelf), defaults={"room": room, "shelf": shelf}
    )[0]
    return place


def suggestions() -> dict[str, list[str]]:
    """Rooms and shelves to choose from while somebody types."""
    places = list(Location.objects.order_by("key").values_list("room", "shelf")[:SUGGESTED])
    return {
        "rooms": list(dict.fromkeys(room for room, _ in places)),
        "shelves": list(dict.fromkeys(shelf for _, shelf in places if shelf)),
    }
