"""Which book is meant by what somebody typed."""

from dataclasses import dataclass

from django.http import QueryDict

from task.books.models import Book, BookQuerySet
from task.kit.keys import fold_name
from task.kit.lists import Page, paginate

ORDERING = ("title_key", "id")
PAGE_SIZE = 8
MOST = 100  # nobody counts further: a search costs the same among a million books


def find_book(text: str) -> Book | None:
    """A book by its ISBN in any spelling or its local number, else by its key, unless one is called so: “1984”."""
    book: Book | None = Book.objects.called(text)
    number = text.strip()
    if book is None and number.isdecimal() and len(number) <= 18:
        titles = Book.objects.filter(title_key=title_key(text))
        book = None if titles.exists() else Book.objects.filter(pk=int(number)).first()
    return book


def title_key(text: str) -> str:
    """`text` as the titles' index has it."""
    return fold_name(text.replace("\0", ""))[:200]


def titled(text: str) -> BookQuerySet:
    """The first books whose title begins with `text`, with an article before it or without."""
    books: BookQuerySet = Book.objects.titled(text, MOST + 1)
    return books


@dataclass
class Matches:
    """What `text` may mean: one `book` by its number, else a page of those whose title begins so."""

    text: str
    book: Book | None
    page: Page
    count: int  # at most MOST + 1
    most = MOST

    @property
    def many(self) -> bool:
        return self.count > MOST


def matches(params: QueryDict) -> Matches:
    """Of the form's fields in `params`, with the page of its titles that they ask for."""
    text = params.get("book", "").strip()
    book = find_book(text) if text else None
    if book is not None or not title_key(text):
        return Matches(text, book, Page(), 0)
    books = titled(text)
    return Matches(text, None, paginate(books.for_list(), ORDERING, params, PAGE_SIZE), books[: MOST + 1].count())
