"""A book in an address: its ISBN in any spelling, or its local number. Which names an address is about."""

from django.urls import register_converter


class BookNumber:
    """At least one digit, so that /books/files/ names no book. Which book it is, if any, is the view's to find."""

    regex = "[^/]*[0-9][^/]*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Names:
    """ "authors" in an address, "author" in the code."""

    targets = {"authors": "author", "people": "person", "subjects": "subject"}
    regex = "|".join(targets)

    def to_python(self, value: str) -> str:
        return self.targets[value]

    def to_url(self, value: str) -> str:
        return next(words for words, target in self.targets.items() if target == value)


register_converter(BookNumber, "book")
register_converter(Names, "names")
