"""Search the catalogue: any word anywhere, the obvious book first, a typing error forgiven when nothing is found."""

from dataclasses import dataclass, field

from task.books.models import Author, Book, BookAuthor, IndexDue, IndexedBook, to_number
from task.books.search.beginnings import found_under, old_search
from task.books.search.matching import INDEX, Row, matching
from task.books.search.numbers import numbered
from task.books.search.ranking import ranked
from task.kit.lists import prefix
from task.kit.search.hits import hits
from task.kit.search.numbers import digits_of
from task.kit.search.query import Query, Term, parse
from task.kit.search.spelling import mended

MOST = 2_000  # books that are ranked and counted: a search costs the same with a million books
OBVIOUS = 200  # of a word that has more: by their title, and by their author, so that none of them is missed


@dataclass(frozen=True)
class Found:
    """The books of a search by their keys, the best first."""

    books: list[int] = field(default_factory=list)
    more: bool = False  # than these
    spelled: str | None = None  # the word that was searched for, where another one was typed
    typed: str | None = None  # and that one
    words: tuple[Term, ...] = ()  # for marks
    digits: str = ""  # of a part of an ISBN, for marks
    indexed: bool = True  # False: books are being indexed, and beginnings alone were searched


def search(text: str, forgive: bool = True) -> Found:
    """At most MOST books for what somebody typed. `forgive`: what is not found is tried in other spellings."""
    if IndexDue.objects.exists():
        books, more = old_search(text)
        return Found(books, more, indexed=False)
    text = readable(text)
    query = parse(text)
    if not query:
        return Found(list(Book.objects.titled(text, OBVIOUS).values_list("pk", flat=True)))
    numbers = numbered(text, MOST)
    if numbers and to_number(text):
        return Found(numbers, digits=digits_of(text))
    found = _by_words(query)
    if numbers:
        books = list(dict.fromkeys([*found.books, *numbers]))
        return Found(books[:MOST], found.more or len(books) > MOST, words=query.terms, digits=digits_of(text))
    if not found.books and forgive and (other := mended(query, INDEX)):
        query, spelled, typed = other
        found = _by_words(query)
        return Found(found.books, found.more, as_written(spelled, found.books), typed, query.terms)
    return found


def how_many(text: str) -> tuple[int, bool]:
    """As many books as `search` finds of it as it is typed, and whether there are more: without ranking them."""
    text = readable(text)
    query = parse(text)
    if not query or digits_of(text) or to_number(text) or IndexDue.objects.exists():
        found = search(text, forgive=False)
        return len(found.books), found.more
    rows, more = matching(query, MOST)
    return len(rows), more


def readable(text: str) -> str:
    return text.encode(errors="ignore").decode().replace("\0", " ")


def _by_words(query: Query) -> Found:
    rows, more = matching(query, MOST)
    if more:
        rows = list({row.book: row for row in [*obvious(query), *rows]}.values())
    return Found(ranked(rows, query)[:MOST], more, words=query.terms)


def as_written(word: str, books: list[int]) -> str:
    """A folded word as the first book has it, with its accents."""
    book = Book.objects.filter(pk__in=books[:1]).first()
    for text in [book.title, *(author.name for author in book.authors.all())] if book else ():
        for start, end in hits(text, (Term((word,)),)):
            return str(text[start:end]).lower()
    return word


def obvious(query: Query) -> list[Row]:
    """Books whose title, or whose author's name, begins with what was typed, along their indexes."""
    start = query.beginning
    if not start:
        return []
    indexed = IndexedBook.objects.values_list(*Row._fields)
    titles = indexed.filter(prefix("beginning", start)).order_by("beginning", "book")[:OBVIOUS]
    by = BookAuthor.objects.filter(author__in=found_under(Author, start)[:OBVIOUS]).order_by("-book")
    written = indexed.filter(pk__in=list(by.values_list("book", flat=True)[:OBVIOUS]))
    return [Row(*row) for row in [*titles, *written]]
