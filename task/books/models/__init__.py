"""Books, and whom and what they are by and about: the tables of the app, those of its rooms, too.

A list sorts by `id` where it says "newest first": ids only grow, and one index fewer is written a book.
"""

from task.books.carts.models import Cart, Scan
from task.books.exports.models import Export
from task.books.files.models import Upload, UploadPart, UploadRow
from task.books.merging.models import MovedLink, NameChange, NoDouble
from task.books.models.book import RETRYABLE, Book, BookQuerySet
from task.books.models.changes import BookChange, FormerNumber
from task.books.models.copies import CopyChange
from task.books.models.index import IndexDue, IndexedBook
from task.books.models.links import BookAuthor, BookPerson, BookSubject, Link
from task.books.models.names import (
    ADDRESS_LENGTH,
    KEY_LENGTH,
    NAME_LENGTH,
    Author,
    Facet,
    Named,
    Person,
    Ranking,
    Subject,
)
from task.books.models.numbers import LocalNumber, to_number
from task.books.models.places import Location, place_key
from task.books.models.sources import SourceAnswer, SourceDay, SourceState
from task.books.photos.models import Photo

__all__ = [
    "ADDRESS_LENGTH", "KEY_LENGTH", "NAME_LENGTH", "RETRYABLE", "Author", "Book", "BookAuthor", "BookChange",
    "BookPerson", "BookQuerySet", "BookSubject", "Cart", "CopyChange", "Export", "Facet", "FormerNumber", "IndexDue",
    "IndexedBook", "Link", "LocalNumber", "Location", "MovedLink", "NameChange", "Named", "NoDouble", "Person",
    "Photo", "Ranking", "Scan", "SourceAnswer", "SourceDay", "SourceState", "Subject", "Upload", "UploadPart",
    "UploadRow", "place_key", "to_number",
]  # fmt: skip
