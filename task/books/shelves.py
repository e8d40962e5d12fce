"""The lists: books, and authors, people and subjects with theirs."""

from typing import Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from task.books.filters import BookFilter, named_like
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
from task.jobs.lists import ListPage


class BooksView(LoginRequiredMixin, ListPage):
    filterset_class = BookFilter
    sorts = {"newest": ("-id",), "oldest": ("id",), "title": ("title_key", "id")}
    template_name = "books/list.html"

    def get_queryset(self) -> QuerySet[Book]:
        return Book.objects.for_list()

    def get_template_names(self) -> list[str]:
        return ["books/_rows.html" if self.request.headers.get("HX-Request") else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        waiting = any(book.is_waiting for book in context["rows"])
        state = self.request.GET.get("state", "")
        choices = [("", "All"), *Book.State.choices]
        states = [(value, words, self._url(value), value == state) for value, words in choices]
        live = self.request.get_full_path() if waiting else ""
        return context | {"states": states, "state": state, "live_url": live}

    def _url(self, state: str) -> str:
        rest = self.request.GET.copy()
        for name in ("state", "after", "before", "last"):
            rest.pop(name, None)
        if state:
            rest["state"] = state
        return f"?{rest.urlencode()}"


class NamesView(LoginRequiredMixin, ListPage):
    """All authors, people or subjects."""

    template_name = "books/names.html"
    model: ClassVar[type[Named]]
    words: ClassVar[tuple[str, str]]  # for the heading, and for one of them

    def get_queryset(self) -> QuerySet[Any]:
        names = self.model._default_manager.only("name", "name_key", *self.sorts["name"][:1])
        return named_like(names, self.request.GET.get("q", "").replace("\0", ""))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"plural": self.words[0], "singular": self.words[1]}


class AuthorsView(NamesView):
    model, words = Author, ("Authors", "author")
    sorts = {"name": ("filing_key", "id"), "newest": ("-id",)}


class PeopleView(NamesView):
    model, words = Person, ("People", "person")
    sorts = {"name": ("filing_key", "id"), "newest": ("-id",)}


class SubjectsView(NamesView):
    model, words = Subject, ("Subjects", "subject")
    sorts = {"name": ("name_key", "id"), "newest": ("-id",)}


class NameView(LoginRequiredMixin, ListPage):
    """One of them, with its books.

    It walks the links, whose index holds them in this order: a join would be sorted whole before its first page.
    """

    template_name = "books/name.html"
    sorts = {"newest": ("-book_id",), "oldest": ("book_id",)}
    model: ClassVar[type[Named]]
    words: ClassVar[tuple[str, str]]
    links: ClassVar[type[Link]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.named = get_object_or_404(self.model, pk=kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        links = self.links._default_manager.filter(**{self.links.far: self.named})
        return links.prefetch_related(Prefetch("book", Book.objects.for_list()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        plural, url = self.words
        books = [link.book for link in context["rows"]]
        return context | {"rows": books, "named": self.named, "plural": plural, "list_url": url}


class AuthorView(NameView):
    model, words, links = Author, ("Authors", "authors_list"), BookAuthor


class PersonView(NameView):
    model, words, links = Person, ("People", "people_list"), BookPerson


class SubjectView(NameView):
    model, words, links = Subject, ("Subjects", "subjects_list"), BookSubject
