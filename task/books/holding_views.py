"""For staff: copies and location of a book, and books taken out of the catalogue."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View
from django.views.generic import TemplateView

from task.books import holdings
from task.books.carts.forms import LocationForm
from task.books.carts.undo import KEPT_FOR
from task.books.models import Book, to_number
from task.jobs import Now
from task.kit.fields import WholeNumberField
from task.kit.lists import ListPage
from task.kit.partials import is_partial
from task.kit.redirects import redirect_back
from task.kit.staff import StaffOnly

MOST = 1_000_000  # copies of a book
ORDERED = "An order for this book is received. Fulfil or cancel it first, then delete the book."
TOO_LATE = "This book can’t be put back any more. Scan it again."


def removed_books() -> Any:
    return Book.with_removed.filter(removed_at__gt=Now() - KEPT_FOR)


class HoldingForm(LocationForm):
    """Copies as the page showed them, and as they are: the difference is applied."""

    copies = WholeNumberField(
        label="Copies owned",
        min_value=0,
        max_value=MOST,
        error_messages={"required": f"Enter a whole number, 0 to {MOST:,}."},
    )
    shown = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2 * MOST)
    reason = forms.CharField(
        label="Reason for the change",
        max_length=200,
        required=False,
        help_text="Such as “found behind the shelf”. Staff read it in the book’s history.",
    )
    field_order = ("copies", "shown", "reason", "room", "shelf")

    @classmethod
    def of(cls, book: Book, data: Any = None) -> "HoldingForm":
        place = book.location
        initial: dict[str, Any] = {"copies": book.copies_owned, "shown": book.copies_owned}
        return cls(data, initial=initial | ({"room": place.room, "shelf": place.shelf} if place else {}))


class HoldingView(StaffOnly, TemplateView):
    template_name = "books/holding.html"

    def get_template_names(self) -> list[str]:
        return ["books/_holding.html"] if self.request.headers.get("X-Dialog") else super().get_template_names()

    def get_book(self) -> Book:
        book: Book = get_object_or_404(
            Book.objects.select_related("location"), number=to_number(self.kwargs["isbn"]) or "-"
        )
        return book

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        book = kwargs.pop("book", None) or self.get_book()
        return super().get_context_data(**{"form": HoldingForm.of(book), **kwargs, "book": book})

    def post(self, request: HttpRequest, isbn: str) -> HttpResponse:
        book = self.get_book()
        form = HoldingForm.of(book, request.POST)
        if form.is_valid():
            new = form.cleaned_data
            problem = holdings.change_copies(book, new["copies"] - new["shown"], request.user, new["reason"].strip())
            if not problem:
                holdings.place(book, new["room"], new["shelf"], request.user)
                return redirect(book)
            # With what the page says now, so that the next difference is from there.
            form = HoldingForm.of(book, request.POST.dict() | {"shown": str(book.copies_owned)})
            form.add_error("copies", problem)
        return self.render_to_response(self.get_context_data(book=book, form=form))


class CopiesView(StaffOnly, View):
    """One copy more or one fewer, from the book's page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, isbn: str) -> HttpResponse:
        book = get_object_or_404(Book.objects, number=to_number(isbn) or "-")
        change = {"1": 1, "-1": -1}.get(request.POST.get("change", ""), 0)
        problem = holdings.change_copies(book, change, request.user)
        if not is_partial(request):
            if problem:
                messages.error(request, problem)
            return redirect(book)
        shown = Book.objects.select_related("location").get(pk=book.pk)
        context = {"book": shown, "may_edit": shown.may_be_edited_by(request.user)}
        return render(request, "books/_hold.html", context)


class RemoveView(StaffOnly, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, isbn: str) -> HttpResponse:
        book = get_object_or_404(Book.objects, number=to_number(isbn) or "-")
        if holdings.remove(book, request.user):
            messages.success(request, f"{book.heading[:100]} is deleted. You can put it back for 30 days.")
            return redirect("books_removed")
        messages.error(request, ORDERED)
        return redirect(book)


class RemovedView(StaffOnly, ListPage):
    """Books taken out of the catalogue, until they go for good."""

    sorts: ClassVar = {"newest": ("-removed_at", "-id")}
    template_name = "books/removed.html"

    def get_queryset(self) -> Any:
        shown = ("isbn", "number", "title", "publish_date", "removed_at")
        return removed_books().for_list().only(*shown)


class PutBackView(StaffOnly, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, isbn: str) -> HttpResponse:
        book = get_object_or_404(Book.with_removed, number=to_number(isbn) or "-")
        if holdings.put_back(book, request.user):
            return redirect(book)
        if not book.removed_at:
            return redirect(book)
        messages.info(request, TOO_LATE)
        return redirect_back(request, "/books/removed/")
