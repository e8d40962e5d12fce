"""Which books: those of the list at an address, as its own code finds them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Max, QuerySet
from django.http import HttpRequest, QueryDict

from task.books.facets.choices import LABELS
from task.books.facets.panel import MORE, SHEET, labels_of
from task.books.models import Book
from task.books.shelves import BooksView
from task.kit.lists import PAGE_PARAMETERS

LONGEST = 4_000  # characters of a query
NOT_OF_THE_BOOKS = {*PAGE_PARAMETERS, MORE, SHEET, "sort", "look", "again"}


def query_of(params: QueryDict) -> str:
    """What narrows the list, without what only orders and shows it. The same for the same filters."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(params) - NOT_OF_THE_BOOKS):
        if values := [value for value in params.getlist(name) if value]:
            kept.setlist(name, values)
    return str(kept.urlencode())


class Wanted:
    """The books of the list at `?query`, as this person sees it. Raises Http404 for a job of somebody else."""

    def __init__(self, query: str, user: Any) -> None:
        request = HttpRequest()
        request.method, request.GET, request.user = "GET", QueryDict(query), user
        view = BooksView()
        view.setup(request)
        self.job, self.filter = view.job, view.chosen
        self.listing = self.filter.listing

    @property
    def count_in_words(self) -> str:
        return self.listing.count_in_words()

    @property
    def words(self) -> str:
        """What the list was filtered by, for people: "“sea”, Location: Main hall"; "" for all books."""
        chosen = self.listing.chosen
        words = [f"“{text}”" for text in (self.job.title if self.job else "", self.filter.text) if text]
        if chosen.location:
            words.append(f"{LABELS['room']}: {chosen.location}")
        for name, values in chosen.values.items():
            words.append(f"{LABELS[name]}: {' or '.join(labels_of(name, values).values())}")
        return ", ".join(words)

    def candidates(self) -> QuerySet[Book]:
        """Its books, and where many are chosen, all among which they are."""
        return self.listing.narrow(Book.objects.order_by())

    @property
    def last(self) -> int:
        return int(self.candidates().aggregate(last=Max("pk"))["last"] or 0)

    def keys(self, after: int, until: int, size: int) -> Iterator[tuple[list[int], int, int]]:
        """(its books, how many were looked at, the last of these) behind `after` up to `until`, some at a time."""
        candidates = self.candidates().filter(pk__lte=until).order_by("pk").values_list("pk", flat=True)
        is_exact = self.listing.books is not None or not self.listing.chosen
        while seen := list(candidates.filter(pk__gt=after)[:size]):
            after = seen[-1]
            yield seen if is_exact else sorted(self.listing.keep(seen)), len(seen), after
