"""The lists: books, and authors, people and subjects with theirs."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from task.books.counts import FirstCount
from task.books.facets.candidates import LINKS
from task.books.facets.listing import BEST, Listing
from task.books.facets.none import ways_on
from task.books.facets.panel import ALL_FILTERS, MORE, SHEET, address, panel
from task.books.filters import BookFilter, named_like
from task.books.letters import among, in_table, initial_of, letters
from task.books.merging.page import about
from task.books.models import (
    Author,
    Book,
    BookAuthor,
    BookPerson,
    BookSubject,
    Link,
    Named,
    Person,
    Subject,
)
from task.books.rankings import ranking
from task.books.search.marks import mark
from task.jobs.models import Job
from task.kit.lists import ListPage, Page
from task.kit.one_of import one_of
from task.kit.partials import is_partial

LAYOUTS = {"covers": "Covers", "table": "Table"}
SECTIONS = (
    ("books_list", "Books"),
    ("authors_list", "Authors"),
    ("people_list", "People"),
    ("subjects_list", "Subjects"),
)
# Each has an index, but the best match, which is the order of the search.
SORTS = {
    BEST: ("id",),
    "title": ("filing_title", "id"),
    "author": ("filing_author", "filing_title", "id"),
    "year": ("-filing_year", "-id"),
    "newest": ("-id",),
    "oldest": ("id",),
}
MOST_EACH, MOST_OF_ONE = 100, 1000  # nobody counts further: a page costs the same with a million books on a subject


class LayoutMixin(ListPage):
    """Books as covers on shelves, or as a table: the choice is kept in a cookie."""

    cookie = "books_look"

    @property
    def layout(self) -> str:
        wanted = (self.request.GET.get("look"), self.request.COOKIES.get(self.cookie))
        return next((layout for layout in wanted if layout in LAYOUTS), None) or next(iter(LAYOUTS))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"layout": self.layout, "layouts": LAYOUTS.items()}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if self.request.GET.get("look") in LAYOUTS:
            response.set_cookie(self.cookie, self.layout, max_age=365 * 24 * 3600, samesite="Lax")
        return response


def sorts_of(listing: Listing) -> dict[str, tuple[str, ...]]:
    """The first is the default: the best match of a search, else the newest."""
    without = {name: ordering for name, ordering in SORTS.items() if name != BEST}
    first = {BEST: SORTS[BEST]} if listing.found is not None else {"newest": without["newest"]}
    return first | without


class BooksView(LoginRequiredMixin, LayoutMixin):
    filterset_class = BookFilter
    sorts = SORTS
    template_name = "books/list.html"

    def get_template_names(self) -> list[str]:
        if is_partial(self.request) and not self.request.headers.get("HX-History-Restore-Request"):
            if SHEET in self.request.GET:
                return ["books/_sheet.html"]
            target = self.request.headers.get("HX-Target", "")
            return ["books/_filtered.html" if target == "filters" else "books/_rows.html"]
        return ["books/filters.html" if SHEET in self.request.GET else self.template_name]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if any(self.chosen.aliases.values()):
            params = request.GET.copy()
            for name, led_to in self.chosen.aliases.items():
                params.setlist(name, [led_to.get(value, value) for value in params.getlist(name)])
            return redirect(f"{request.path}?{params.urlencode()}")
        return super().get(request, *args, **kwargs)

    @cached_property
    def job(self) -> Job | None:
        """The look-up whose books alone are listed, where the address names one that this person may see."""
        wanted = self.request.GET.get("job", "")
        if not wanted:
            return None
        try:
            return get_object_or_404(Job.objects.seen_by(self.request.user).only("title"), pk=wanted)
        except ValidationError:
            raise Http404("No job has such an id.") from None

    @cached_property
    def chosen(self) -> BookFilter:
        scope = {"job": self.job.pk} if self.job else {}
        return BookFilter(self.request.GET, queryset=Book.objects.for_list(), request=self.request, scope=scope)

    def get_queryset(self) -> QuerySet[Book]:
        books: QuerySet[Book] = Book.objects.for_list()
        return books.select_related("location") if self.layout == "table" else books

    def get_filter(self, queryset: QuerySet[Book]) -> BookFilter:
        self.chosen.queryset = queryset
        return self.chosen

    def get_sorts(self) -> dict[str, tuple[str, ...]]:
        """A job's books have an index by their state alone."""
        return {"state": ("state", "id")} if self.job else sorts_of(self.chosen.listing)

    def get_page(self, chosen: Any, queryset: QuerySet[Any], sort: str, ordering: Sequence[str]) -> Page:
        return self.chosen.listing.page(queryset, sort, ordering, self.request.GET, self.page_size)

    def get_tabs(self, chosen: Any) -> dict[str, Any]:
        return {}  # the states are among the filters

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"job": self.job}
        waiting = any(book.is_waiting for book in context["rows"])
        context |= self.get_letters(context["sort"], context["rows"])
        params, listing = self.request.GET, self.chosen.listing
        if self.chosen.found is not None:
            mark(context["rows"], self.chosen.found)
        filters = panel(listing, [params.get(MORE, "")])
        sheet = {SHEET: "1"} if SHEET in params else {}
        for row in filters.chips:
            row.removed = address(params, drop=[(row.name, row.value)])
        for facet in filters.facets:
            facet.more_url = address(params, {MORE: facet.name} | sheet)
        words, is_narrowed = listing.count_in_words(), self.chosen.text or listing.chosen or self.job
        is_empty = is_narrowed and not context["rows"] and not context["page"].next_url
        text = self.chosen.text
        return context | {
            "panel": filters,
            "found": self.chosen.found,
            "none": ways_on(self.request, listing, filters, text) if is_empty else None,
            "count_words": words[:1].upper() + words[1:],
            "count_words_low": words,
            "location": listing.chosen.location,
            "counted": listing.stored.counted if listing.is_whole and listing.stored else None,
            "clear_url": address(params, clear=ALL_FILTERS),
            "clear_sheet_url": address(params, sheet, clear=ALL_FILTERS),
            "sheet_url": address(params, {SHEET: "1"}),
            "list_url": address(params),
            "live_url": self.request.get_full_path() if waiting else "",
            "sections": SECTIONS,
            "here": "books_list",
        }

    def get_letters(self, sort: str, rows: list[Book]) -> dict[str, Any]:
        """A to Z, where it is sorted by title or author; each row has its initial."""
        if sort not in ("title", "author"):
            return {}
        column, books = self.sorts[sort][0], self.chosen.listing.books
        if books is None:
            there = in_table(Book, column, " AND removed_at IS NULL")
        else:
            there = among(Book.objects.filter(one_of("pk", books)).values_list(column, flat=True))
        for book in rows:
            book.initial = initial_of(getattr(book, column)) or f"No {sort}"
        here = getattr(rows[0], column) if rows else ""
        words = "Titles from" if sort == "title" else "Authors from"
        return {"letters": letters(there, self.sorts[sort], here, self.request.GET), "letters_words": words}


class NamesView(LoginRequiredMixin, ListPage):
    """All authors, people or subjects."""

    template_name = "books/names.html"
    own_search = True
    model: ClassVar[type[Named]]
    words: ClassVar[tuple[str, str]]  # for the heading, and the page's own name
    links: ClassVar[type[Link]]

    def get_queryset(self) -> QuerySet[Any]:
        names = self.model.objects.remaining().only("name", "name_key", *self.sorts["name"][:1])
        return named_like(names, self.request.GET.get("q", ""))

    def counts(self, rows: list[Any]) -> dict[int, int]:
        """How many books each of a page's rows has. They are known by then: a search has many more candidates."""
        links = self.links._default_manager.filter(**{self.links.target: OuterRef("pk")}).order_by()
        some = self.model._default_manager.filter(pk__in=[row.pk for row in rows])
        return dict(some.annotate(count=FirstCount(links.values("pk")[: MOST_EACH + 1])).values_list("pk", "count"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows, counts = context["rows"], self.counts(context["rows"])
        for row in rows:
            row.count = counts.get(row.pk, 0)
        sort, ordering = context["sort"], self.sorts["name"]
        if sort == "name" and not context["query"]:
            here = getattr(rows[0], ordering[0]) if rows else ""
            context["letters"] = letters(
                in_table(self.model, ordering[0], " AND merged_into_id IS NULL"), ordering, here, self.request.GET
            )
        biggest, counted = ([], None) if context["query"] else ranking(self.links)
        plural, here = self.words
        return context | {
            "plural": plural,
            "letters_words": f"{plural} from",
            "here": here,
            "sections": SECTIONS,
            "biggest": biggest if biggest and biggest[0].count > 1 else [],
            "counted": counted,
            "most": MOST_EACH,
            "target": self.links.target,
        }


class AuthorsView(NamesView):
    model, words, links = Author, ("Authors", "authors_list"), BookAuthor
    sorts = {"name": ("filing_key", "id"), "newest": ("-id",)}


class PeopleView(NamesView):
    model, words, links = Person, ("People", "people_list"), BookPerson
    sorts = {"name": ("filing_key", "id"), "newest": ("-id",)}


class SubjectsView(NamesView):
    model, words, links = Subject, ("Subjects", "subjects_list"), BookSubject
    sorts = {"name": ("name_key", "id"), "newest": ("-id",)}


class NameView(LoginRequiredMixin, LayoutMixin):
    """One of them, with its books.

    It walks the links, whose index holds them in this order: a join would be sorted whole before its first page.
    """

    template_name = "books/name.html"
    sorts = {"newest": ("-book_id",), "oldest": ("book_id",)}
    model: ClassVar[type[Named]]
    words: ClassVar[tuple[str, str, str]]
    links: ClassVar[type[Link]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.named = get_object_or_404(self.model.objects.select_related("merged_into"), pk=kwargs["pk"])
        if self.named.merged_into:
            return redirect(self.named.merged_into)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        links = self.links._default_manager.filter(**{self.links.target: self.named})
        books = Book.objects.for_list()
        books = books.select_related("location") if self.layout == "table" else books
        return links.prefetch_related(Prefetch("book", books))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        plural, url, relation = self.words
        books = [link.book for link in context["rows"]]
        count = self.links._default_manager.filter(**{self.links.target: self.named})[: MOST_OF_ONE + 1].count()
        words = {"plural": plural, "list_url": url, "relation": relation, "count": count, "most": MOST_OF_ONE}
        target = self.links.target if self.links.target in LINKS else ""  # by what the list of books is filtered
        words |= {"rows": books, "named": self.named, "target": target}
        return context | words | about(self.named, self.request.user)


class AuthorView(NameView):
    model, words, links = Author, ("Authors", "authors_list", "by this author"), BookAuthor


class PersonView(NameView):
    model, words, links = Person, ("People", "people_list", "about this person"), BookPerson


class SubjectView(NameView):
    model, words, links = Subject, ("Subjects", "subjects_list", "on this subject"), BookSubject
