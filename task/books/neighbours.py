"""What a book stands beside: on its shelf, and among the editions of the same work. A few rows of an index each."""

from task.books.models import Book
from task.books.models.filing import LAST
from task.kit.lists import beyond, flipped

SHOWN = 7  # books on a shelf, this one among them
EDITIONS = 5  # others that are named
SHELF_ORDER = ("filing_author", "filing_title", "id")


def beside(book: Book) -> list[Book]:
    """Books of the same location in the order of the shelf, this one in the middle; none where it stands alone."""
    if book.location_id is None:
        return []
    there = Book.objects.for_list().filter(location=book.location_id)
    place = [getattr(book, name) for name in SHELF_ORDER]
    back = [flipped(name) for name in SHELF_ORDER]
    before = list(there.filter(beyond(back, place)).order_by(*back)[: SHOWN - 1])
    after = list(there.filter(beyond(SHELF_ORDER, place)).order_by(*SHELF_ORDER)[: SHOWN - 1])
    if not before and not after:
        return []
    half = SHOWN // 2
    left = before[: max(half, SHOWN - 1 - len(after))]
    return [*reversed(left), book, *after[: SHOWN - 1 - len(left)]]


def other_editions(book: Book) -> list[Book]:
    """Books of the same title and first author."""
    if LAST in (book.filing_title, book.filing_author):
        return []
    same = Book.objects.filter(filing_author=book.filing_author, filing_title=book.filing_title)
    found = same.exclude(pk=book.pk).order_by("id")
    return list(found.only("number", "title", "language", "publishers", "publish_date", "copies")[: EDITIONS + 1])
