from typing import Any

from django import forms

from task.books.carts.models import Cart
from task.books.locations import suggestions


class LocationForm(forms.Form):
    """A room and a shelf; the lists beside the fields grow by typing."""

    room = forms.CharField(max_length=100, required=False)
    shelf = forms.CharField(max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, many in (("room", "rooms"), ("shelf", "shelves")):
            self.fields[name].widget.attrs |= {"list": f"known-{many}", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("shelf") and not cleaned.get("room") and "room" not in self.errors:
            self.add_error("room", "Say which room the shelf is in.")
        return cleaned

    @property
    def known(self) -> dict[str, list[str]]:
        return suggestions()


class CartForm(LocationForm):
    name = forms.CharField(
        max_length=100, required=False, help_text="Without a name it is called by its time, like “Cart of 14:03”."
    )
    counts_copies = forms.BooleanField(
        label="Count each scan as a copy",
        required=False,
        help_text="Scanning a book that is in the catalogue adds a copy.",
    )
    field_order = ("name", "room", "shelf", "counts_copies")

    @classmethod
    def of(cls, cart: Cart, data: Any = None) -> "CartForm":
        place = cart.location
        initial = {"name": cart.name, "counts_copies": cart.counts_copies}
        return cls(data, initial=initial | ({"room": place.room, "shelf": place.shelf} if place else {}))
