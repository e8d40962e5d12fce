"""The page on which somebody enters a book."""

import secrets
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.generic import FormView

from task.books.by_hand import saving
from task.books.by_hand.forms import BookForm
from task.books.isbn import to_isbn13
from task.books.models import Book, Location
from task.jobs.pages.form_view import TOKEN
from task.kit.once_more import OnceMore

OFFERED = 500  # locations in the list of suggestions


class NewBookView(LoginRequiredMixin, OnceMore, FormView):  # type: ignore[type-arg]
    """A book without an ISBN, or one that was not found: the address may name its ISBN."""

    form_class = BookForm
    template_name = "books/new.html"

    def get_initial(self) -> dict[str, Any]:
        return {"isbn": to_isbn13(self.request.GET.get("isbn", "")[:100]) or "", "copies": 1}

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
        return redirect(book)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sought = self.get_initial()["isbn"]
        there = Book.objects.filter(isbn=sought).only("number", "title", "state").first() if sought else None
        context = super().get_context_data(**kwargs)
        token = self.request.POST.get(TOKEN) or secrets.token_urlsafe(16)
        places = [str(place) for place in Location.objects.order_by("key")[:OFFERED]]
        return context | {"form_token": token, "places": places, "book": there}
