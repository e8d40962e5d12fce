"""The lists: books, and authors, people and subjects with theirs."""

from typing import Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.db.models import IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from task.books.filters import BookFilter, named_like
from task.books.models import (
    Author,
    Book,
    BookAuthor,
    BookPerson,
    BookSubject,
    Link,
    Location,
    Named,
    Person,
    Subject,
)
from task.books.rankings import ranking
from task.jobs.models import Job
from task.kit.lists import ListPage

LAYOUTS = {"covers": "Covers", "table": "Table"}
SECTIONS = (
    ("books_list", "Books"),
    ("authors_list", "Authors"),
    ("people_list", "People"),
    ("subjects_list", "Subjects"),
)
MOST_PLACES = 200  # locations to choose from
MOST_EACH, MOST_OF_ONE = 100, 1000  # nobody counts further: a page costs the same with a million books on a subject


class FirstCount(Subquery):
    """How many rows a sliced subquery has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


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


class BooksView(LoginRequiredMixin, LayoutMixin):
    filterset_class = BookFilter
    sorts = {"newest": ("-id",), "oldest": ("id",), "title": ("title_key", "id")}
    template_name = "books/list.html"
    partial_template = "books/_rows.html"

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

    def get_queryset(self) -> QuerySet[Book]:
        books: QuerySet[Book] = Book.objects.for_list()
        return books.filter(job=self.job.pk) if self.job else books

    def get_sorts(self) -> dict[str, tuple[str, ...]]:
        """A job's books have an index by their state alone, those of a location by their age."""
        if self.job:
            return {"state": ("state", "id")}
        by_age = {name: ordering for name, ordering in self.sorts.items() if name != "title"}
        return by_age if self.request.GET.get("location") else self.sorts

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"job": self.job}
        waiting = any(book.is_waiting for book in context["rows"])
        live = self.request.get_full_path() if waiting else ""
        chosen = context["filter"].form.cleaned_data.get("location") if context["filter"].form.is_valid() else None
        places = [place for place in Location.objects.order_by("key")[:MOST_PLACES] if place != chosen]
        found = {"location": chosen, "locations": places}
        return context | found | {"live_url": live, "sections": SECTIONS, "here": "books_list"}


class NamesView(LoginRequiredMixin, ListPage):
    """All authors, people or subjects."""

    template_name = "books/names.html"
    own_search = True
    model: ClassVar[type[Named]]
    words: ClassVar[tuple[str, str]]  # for the heading, and the page's own name
    links: ClassVar[type[Link]]

    def get_queryset(self) -> QuerySet[Any]:
        names = self.model._default_manager.only("name", "name_key", *self.sorts["name"][:1])
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
        biggest, counted = ([], None) if context["query"] else ranking(self.links)
        plural, here = self.words
        return context | {
            "plural": plural,
            "here": here,
            "sections": SECTIONS,
            "biggest": biggest if biggest and biggest[0].count > 1 else [],
            "counted": counted,
            "most": MOST_EACH,
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
        self.named = get_object_or_404(self.model, pk=kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        links = self.links._default_manager.filter(**{self.links.target: self.named})
        return links.prefetch_related(Prefetch("book", Book.objects.for_list()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        plural, url, relation = self.words
        books = [link.book for link in context["rows"]]
        count = self.links._default_manager.filter(**{self.links.target: self.named})[: MOST_OF_ONE + 1].count()
        words = {"plural": plural, "list_url": url, "relation": relation, "count": count, "most": MOST_OF_ONE}
        return context | words | {"rows": books, "named": self.named}


class AuthorView(NameView):
    model, words, links = Author, ("Authors", "authors_list", "by this author"), BookAuthor


class PersonView(NameView):
    model, words, links = Person, ("People", "people_list", "about this person"), BookPerson


class SubjectView(NameView):
    model, words, links = Subject, ("Subjects", "subjects_list", "on this subject"), BookSubject
