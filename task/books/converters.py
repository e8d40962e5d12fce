"""A book in an address: its ISBN in any spelling, or its local number."""

from django.urls import register_converter


class BookNumber:
    """At least one digit, so that /books/files/ names no book. Which book it is, if any, is the view's to find."""

    regex = "[^/]*[0-9][^/]*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(BookNumber, "book")
