"""Where books stand."""

from django.db import models

from task.kit.keys import KeyField, fold_name


class Location(models.Model):
    """Where books stand, in two parts. The list grows by typing."""

    room = models.CharField(max_length=100)
    shelf = models.CharField(max_length=100, blank=True)
    key = KeyField(lambda place: place_key(place.room, place.shelf), max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="location_once")]

    def __str__(self) -> str:
        return f"{self.room} · {self.shelf}" if self.shelf else self.room


def place_key(room: str, shelf: str) -> str:
    """The same for every spelling of a location in upper or lower case, with accents or without."""
    return "\t".join(fold_name(part) for part in (room, shelf) if part)[:200]
