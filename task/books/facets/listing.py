"""The books that a search and the chosen filters leave, a page of them, and what each filter would leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from task.books.facets.candidates import MOST, SEARCH, Candidates, Counted, fitting, gather, names_of
from task.books.facets.choices import Chosen
from task.books.facets.stored import Counts, Stored, stored
from task.books.models import Book
from task.kit.lists import Page, key_of, key_values, page_url, paginate
from task.kit.one_of import one_of
from task.kit.walks import walk

BEST = "best"


@dataclass
class Fit:
    """Books that some filters leave: all of them, or only those among what was read. At most one more than MOST."""

    books: list[int]
    candidates: Candidates

    @property
    def is_exact(self) -> bool:
        return self.candidates.is_exact

    @cached_property
    def counted(self) -> Counted:
        return Counted(self.books[:MOST], self.candidates)


class Listing:
    """`found` are the books of a search, the best first; None: nothing was searched for. `scope`: equal columns."""

    def __init__(
        self,
        chosen: Chosen,
        found: Sequence[int] | None = None,
        more: bool = False,
        scope: dict[str, Any] | None = None,
    ) -> None:
        self.chosen, self.found, self.scope = chosen, found, scope or {}
        self.found_more = more
        self._whole = self
        self._fits: dict[Any, Fit] = {}
        self._candidates: list[Candidates] = []

    def with_only(self, chosen: Chosen) -> "Listing":
        """With some of its filters alone: what is known of it is not asked again."""
        other = Listing(chosen, self.found, self.found_more, self.scope)
        other._whole = self._whole
        return other

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole catalogue."""
        return self.found is None and not self.chosen and not self.scope

    @cached_property
    def stored(self) -> Stored | None:
        return stored() if self._whole is self else self._whole.stored

    @cached_property
    def books(self) -> list[int] | None:
        """Its books; None for all of the catalogue, and where nobody can say which without reading more than MOST."""
        if self.is_whole:
            return None
        fit = self.fit(self.chosen)
        return fit.books if (fit.is_exact or self.found is not None) and len(fit.books) <= MOST else None

    @cached_property
    def count(self) -> tuple[int, str]:
        """How many there are: exactly (""), at least ("least"), or more than that ("more")."""
        if self.is_whole and self.stored:
            return self.stored.books, ""
        fit = self.fit(self.chosen)
        if len(fit.books) > MOST or (len(fit.books) == MOST and self.found_more):
            return MOST, "more"
        return len(fit.books), "" if fit.is_exact else "least"

    def count_in_words(self) -> str:
        count, exactly = self.count
        before = {"more": "more than ", "least": "at least "}.get(exactly, "")
        return f"{before}{count:,} book{'' if count == 1 else 's'}"

    def fit(self, chosen: Chosen) -> Fit:
        """What `self.chosen`, or a part of it, leaves."""
        if self._whole is not self:
            return self._whole.fit(chosen)
        if chosen.key not in self._fits:
            candidates = self.candidates(chosen)
            self._fits[chosen.key] = Fit(candidates.fitting(chosen)[: MOST + 1], candidates)
        return self._fits[chosen.key]

    def candidates(self, chosen: Chosen) -> Candidates:
        """Books among which they are; those that one filter gave serve all that have it."""
        drivers = {*names_of(chosen), SEARCH, "scope"}
        there = next((each for each in self._candidates if each.driver in drivers), None)
        if there is None:
            if self.found is not None:
                there = Candidates(self.found, self.chosen, self.scope, not self.found_more, SEARCH)
            else:
                driver, books, is_exact = gather(chosen, self.scope, self.sizes)
                there = Candidates(books, self.chosen, self.scope, is_exact, driver)
            self._candidates.append(there)
        return there

    @cached_property
    def sizes(self) -> dict[str, int] | None:
        """How many books each chosen filter left when a job counted them."""
        if self.stored is None:
            return None
        sizes = {}
        for name in self.chosen.values.keys() & self.stored.facets.keys():
            counts = dict(self.stored.facets[name].rows)
            sizes[name] = sum(counts.get(value, 0) for value in self.chosen.values[name])
        return sizes

    def counts(self, name: str) -> tuple[Counts, bool]:
        """Of each value of a facet how many books the list would have, and whether that is exact.

        What is chosen in the facet itself is left out: one value more would add its books.
        """
        rest = self.chosen.without(name)
        if self.found is None and not rest and not self.scope and self.stored:
            return self.stored.facets.get(name, Counts([], 0, 0)), True
        fit = self.fit(rest)
        counter = fit.counted.of(name)
        return Counts(list(counter.items()), len(counter), counter.total()), fit.is_exact and len(fit.books) <= MOST

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Its books where they are known one by one; else all among which they are."""
        if self.books is not None:
            return queryset.filter(one_of("pk", self.books))
        return queryset.filter(**self.scope)

    def keep(self, books: list[int]) -> list[int]:
        """Of these books, among its candidates, those that are in it."""
        return fitting(books, self.chosen)

    def page(self, queryset: QuerySet[Any], sort: str, ordering: Sequence[str], params: QueryDict, size: int) -> Page:
        """Of a queryset that `narrow` has narrowed."""
        if sort == BEST and self.books is not None:
            return best_first(queryset, self.books, params, size)
        if self.books is not None or not self.chosen:
            return paginate(queryset, ordering, params, size)
        return walk(queryset, ordering, params, size, self.keep)


def best_first(queryset: QuerySet[Any], books: list[int], params: QueryDict, size: int) -> Page:
    """In the order of the search: a place is named by the book that stands there."""
    places = {pk: place for place, pk in enumerate(books)}

    def place(name: str) -> int | None:
        try:
            values = key_values(Book, ("id",), params.get(name, ""))
        except ValueError:
            return None
        return places.get(values[0]) if values else None

    after, before = place("after"), place("before")
    start = 0 if after is None else after + 1
    if "last" in params:
        start = max(0, (len(books) - 1) // size * size)
    elif before is not None:
        start = max(0, before - size)
    start = start if start < len(books) else 0
    shown = books[start : start + size]
    rows = {row.pk: row for row in queryset.filter(pk__in=shown)}
    page = Page([rows[pk] for pk in shown if pk in rows])
    if start:
        page.first_url, page.previous_url = page_url(params), page_url(params, before=key_of([shown[0]]))
    if start + size < len(books):
        page.next_url, page.last_url = page_url(params, after=key_of([shown[-1]])), page_url(params, last="1")
    return page
