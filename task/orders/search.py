"""Which book is meant by what somebody typed."""

from task.books.models import Book
from task.kit.keys import fold_name
from task.kit.lists import prefix

MOST_CANDIDATES = 6  # titles that are offered


def find_book(text: str) -> Book | None:
    """A book by its ISBN in any spelling, else by its number here."""
    book: Book | None = Book.objects.with_isbn(text).first()
    number = text.strip()
    if book is None and number.isdecimal() and len(number) <= 18:
        book = Book.objects.filter(pk=int(number)).first()
    return book


def titled(text: str) -> list[Book]:
    """The first books whose title begins with `text`, along its index."""
    key = fold_name(text.replace("\0", ""))[:200]
    if not key:
        return []
    books = Book.objects.filter(prefix("title_key", key)).order_by("title_key", "id")
    return list(books.only("isbn", "title", "state", "copies")[:MOST_CANDIDATES])
