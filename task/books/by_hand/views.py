"""The pages on which somebody enters a book, and edits one."""

import secrets
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpResponse, JsonResponse
from django.http.request import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import get_text_list
from django.views import View
from django.views.generic import FormView

from task.books.by_hand import editing, saving, suggesting
from task.books.by_hand.editing import EditForm
from task.books.by_hand.forms import BookForm
from task.books.changes import NotReverted, revert
from task.books.isbn import to_isbn13
from task.books.languages import languages
from task.books.models import Book, BookChange, Location, to_number
from task.books.record import LABELS, OF_SOURCES, in_order
from task.jobs.pages.form_view import TOKEN
from task.kit.once_more import OnceMore
from task.kit.redirects import redirect_back, way_back

OFFERED = 500  # locations in the list of suggestions
LONGEST = 1000  # characters of a field that an address fills in
FROM_ADDRESS = ("title", "authors")


class BookFormView(LoginRequiredMixin, OnceMore, FormView):  # type: ignore[type-arg]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        places = [str(place) for place in Location.objects.order_by("key")[:OFFERED]]
        return super().get_context_data(**kwargs) | {"places": places, "languages": languages()}


class NewBookView(BookFormView):
    """A book without an ISBN, or one that was not found: the address may name its ISBN, and where to go back to."""

    form_class = BookForm
    template_name = "books/new.html"

    def get_initial(self) -> dict[str, Any]:
        sent = {name: self.request.GET.get(name, "")[:LONGEST] for name in FROM_ADDRESS}
        return {"isbn": to_isbn13(self.request.GET.get("isbn", "")[:100]) or "", "copies": 1, **sent}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "all" in request.POST:  # the two fields of a book that was not found: on to all of them
            sent = {name: request.POST.get(name, "")[:LONGEST] for name in ("isbn", "next", *FROM_ADDRESS)}
            return redirect(f"{request.path}?{urlencode({name: value for name, value in sent.items() if value})}")
        return super().post(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["title" if form.initial.get("isbn") else "isbn"].widget.attrs["autofocus"] = True
        return form

    def form_valid(self, form: BookForm) -> HttpResponse:
        wanted = form.cleaned_data
        token = self.request.POST.get(TOKEN) or secrets.token_urlsafe(16)
        name = uuid5(NAMESPACE_URL, f"book by hand {self.request.user.pk} {token[:100]}")
        try:
            book = saving.save(
                form.edition(), self.request.user, name, wanted["isbn"], wanted["copies"], wanted["location"]
            )
        except saving.InTheCatalogue as there:
            words = "This ISBN is in the catalogue: <a href='{}'>{}</a>."
            form.add_error("isbn", format_html(words, there.book.get_absolute_url(), there.book.heading[:200]))
            return self.form_invalid(form)
        messages.success(self.request, f"Book saved: {book.heading[:100]}.")
        return redirect_back(self.request, book.get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sought = self.get_initial()["isbn"]
        there = Book.objects.filter(isbn=sought).only("number", "title", "state").first() if sought else None
        token = self.request.POST.get(TOKEN) or secrets.token_urlsafe(16)
        words = {"form_token": token, "book": there, "next": way_back(self.request)}
        return super().get_context_data(**kwargs) | words


class EditBookView(BookFormView):
    """Whose book it is not to edit, is not told that there is such a page."""

    form_class = EditForm
    template_name = "books/edit.html"
    conflict: editing.Conflict | None = None

    @cached_property
    def book(self) -> Book:
        book: Book | None = Book.objects.select_related("location").editable(self.kwargs["isbn"], self.request.user)
        if book is None:
            raise Http404("No such book.")
        return book

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.book.number != self.kwargs["isbn"]:
            return redirect("book_edit", isbn=self.book.number)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        data = self.conflict.data(self.request.POST) if self.conflict else self.request.POST
        return {"data": data if self.request.method == "POST" else None, "book": self.book, "reader": self.request.user}

    def form_valid(self, form: EditForm) -> HttpResponse:
        try:
            book = editing.save(form, self.request.user)
        except editing.Conflict as conflict:
            self.conflict = conflict
            del self.book
            return self.form_invalid(self.get_form())
        except editing.TooFew:
            self.book.refresh_from_db()
            available = f"{self.book.copies:,} {'copy is' if self.book.copies == 1 else 'copies are'} available"
            form.add_error("copies", f"Only {available}: the others are ordered.")
            return self.form_invalid(form)
        if book is None:
            raise Http404("No such book.")
        messages.success(self.request, f"Book saved: {book.heading[:100]}.")
        return redirect(book)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        return context | {"book": self.book, "marks": self.marks(form), "conflict": self.conflict}

    def marks(self, form: EditForm) -> dict[str, str]:
        """By field who gave it; "locked", or "unlocked" where the form was sent so."""
        unlocked = form.unlocked() if form.is_bound else set()
        given = {name: self.book.origin_of(name) for name in OF_SOURCES if form.initial.get(name)}
        return given | {name: "unlocked" if name in unlocked else "locked" for name in self.book.locked}


class RevertView(LoginRequiredMixin, View):
    """Take back one change of a book."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, isbn: str, pk: int) -> HttpResponse:
        book = get_object_or_404(Book.objects, number=to_number(isbn) or "-")
        if not book.may_be_edited_by(request.user):
            raise Http404("No such book.")
        change = get_object_or_404(BookChange.objects.filter(book=book.pk), pk=pk)
        try:
            made = revert(book, change, request.user, is_staff=request.user.is_staff)
        except NotReverted as why:
            messages.error(request, str(why))
        else:
            names = get_text_list([LABELS.get(name, name) for name in in_order(made.fields)], "and")
            messages.success(request, f"Taken back: {names}.")
        return redirect("book_detail", isbn=Book.objects.values_list("number", flat=True).get(pk=book.pk))


class SuggestView(LoginRequiredMixin, View):
    """What is there of authors, people or subjects, for whoever types a name."""

    def get(self, request: HttpRequest, kind: str) -> JsonResponse:
        if kind not in suggesting.KINDS:
            raise Http404("No such list.")
        return JsonResponse({"names": suggesting.names(kind, request.GET.get("q", "")[:LONGEST])})
