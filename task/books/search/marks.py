"""Where a book was found, for its reader: marks in what a list shows of it, and a line where none of that is a hit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from task.books.models import Book
from task.books.search.finding import Found
from task.kit.search.hits import hits
from task.kit.search.marks import cut, marked
from task.kit.search.numbers import spellings


@dataclass(frozen=True)
class Marked:
    """What a list shows of a book, as HTML: `line` where neither its title nor its authors are a hit."""

    title: SafeString
    authors: SafeString
    line: SafeString


def mark(books: Sequence[Book], found: Found) -> None:
    """Give each book of a page its `marked`. Two queries more where a hit is elsewhere, for those books alone."""
    plain = [book for book in books if not _is_seen(book, found)]
    more = {}
    if plain:
        some = Book.objects.filter(pk__in=[book.pk for book in plain])
        more = {book.pk: book for book in some.prefetch_related("authors", "subjects", "people")}
    for book in books:
        line = _line(more[book.pk], found) if book.pk in more else SafeString("")
        title, authors = (marked(text, found.words) for text in (book.title, book.author_names))
        book.marked = Marked(title, authors, line)  # type: ignore[attr-defined]


def _is_seen(book: Book, found: Found) -> bool:
    return any(hits(text, found.words) for text in (book.title, book.author_names))


def _line(book: Book, found: Found) -> SafeString:
    for label, text in _texts(book):
        if at := hits(text, found.words):
            return cut(label, text, at)
    if found.digits:
        for isbn in spellings(book.isbn or ""):
            start = isbn.find(found.digits)
            if start >= 0:
                return cut("ISBN", isbn, [(start, start + len(found.digits))])
    return SafeString("")


def _texts(book: Book) -> Iterator[tuple[str, str]]:
    """What else of a book is searched, each with its name on the page."""
    yield "Subtitle", book.subtitle
    yield from (("Author", author.name) for author in book.authors.all())
    yield from (("Subject", subject.name) for subject in book.subjects.all())
    yield from (("Person", person.name) for person in book.people.all())
    yield "Series", f"{book.series} {book.series_number}".strip()
    yield from (("Publisher", str(name)) for name in book.publishers)
    yield "Edition", book.edition_note
    yield "Note", book.note
