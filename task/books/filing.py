"""Where a book stands in a list that is sorted by title, by author or by year: columns of its own, kept by `refile`.

A title is filed without its leading article and signs, an author by the last name, and the first author counts. Letters
of other scripts come behind z, by their code points.
"""

from collections.abc import Iterable

from task.books.models import Book, BookAuthor
from task.books.models.filing import LAST, filing_title, filing_year

KEPT = ("filing_title", "filing_author", "filing_year")


def refile(books: Iterable[int]) -> None:
    """Inside the transaction that changes them. Three queries, however many books."""
    found = list(Book.with_removed.filter(pk__in=list(books)).only("title", "language", "publish_date", *KEPT))
    authors = first_authors([book.pk for book in found])
    changed = []
    for book in found:
        keys = (filing_title(book), authors.get(book.pk, LAST), filing_year(book))
        if keys != tuple(getattr(book, name) for name in KEPT):
            book.filing_title, book.filing_author, book.filing_year = keys
            changed.append(book)
    Book.with_removed.bulk_update(changed, KEPT, batch_size=200)


def first_authors(books: list[int]) -> dict[int, str]:
    """By book how its first author is filed."""
    links = BookAuthor._base_manager.filter(book__in=books).order_by("-position", "-pk")
    return {book: key[:200] for book, key in links.values_list("book_id", "author__filing_key")}
