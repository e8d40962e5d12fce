"""What a list of books can be narrowed by, and what is chosen of it in the address.

Values in one facet are OR, facets among each other AND.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from task.books.changes import BY_HAND
from task.books.models import Book, Location
from task.kit.lists import prefix

Value = str | int
NONE = "none"  # the room of a book without a location
AVAILABLE = {"yes": "Available now", "no": "All copies out"}
STATES = {
    Book.State.FILLED.value: "Found",
    "by_hand": "Entered by hand",
    **{state.value: state.label.capitalize() for state in Book.State if state != Book.State.FILLED},
}
LABELS = {
    "available": "Available", "room": "Location", "subject": "Subject", "author": "Author", "decade": "Written",
    "language": "Language", "state": "State",
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """The values of each facet that has any, and the one location that an address may name besides."""

    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    location: Location | None = None

    def __bool__(self) -> bool:
        return bool(self.values or self.location)

    def without(self, name: str) -> "Chosen":
        return Chosen({each: some for each, some in self.values.items() if each != name}, self.location)

    @property
    def key(self) -> tuple[Any, ...]:
        return tuple(sorted(self.values.items())), self.location.pk if self.location else None


def locations_of(rooms: Iterable[Value]) -> list[int]:
    """The locations in these rooms, by their folded names."""
    found = Q(pk__in=[])
    for room in rooms:
        if room != NONE:
            found |= Q(key=room) | prefix("key", f"{room}\t")
    return list(Location.objects.filter(found).values_list("pk", flat=True))


def conditions(name: str, values: Iterable[Value]) -> Q:
    """Books that have one of these values; not for subjects and authors, which stand in other tables."""
    found = Q(pk__in=[])
    if name == "room":
        found |= Q(location__in=locations_of(values))
        return found | Q(location=None) if NONE in values else found
    for value in values:
        if name == "available":
            found |= Q(copies__gt=0) if value == "yes" else Q(copies=0)
        elif name == "decade":
            found |= Q(filing_year__range=(max(1, int(value)), int(value) + 9))
        elif name == "language":
            found |= Q(language=value) & ~Q(language="")
        elif value == "by_hand":
            found |= Q(source=BY_HAND)
        else:
            found |= Q(state=value)
    return found
