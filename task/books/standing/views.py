"""The sources, for staff: how each stands, pause and resume, and trying an ISBN."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import View

from task.books.isbn import compact, fault_of, to_isbn13
from task.books.models import Book, SourceAnswer, to_number
from task.books.sources import SOURCES, Source
from task.books.standing.states import move, standings, switch
from task.books.standing.trying import Trial, try_isbn
from task.kit.staff import StaffOnly


class TryForm(forms.Form):
    isbn = forms.CharField(label="ISBN", max_length=200, error_messages={"required": "Enter an ISBN."})

    def clean_isbn(self) -> str:
        text = self.cleaned_data["isbn"]
        if isbn := to_isbn13(text):
            return isbn
        raise forms.ValidationError(
            f"This is not an ISBN: {fault_of(compact(text))}." if compact(text) else "Enter an ISBN."
        )


class SourcesView(StaffOnly, View):
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return page(request, TryForm())


class TryView(StaffOnly, View):
    """Asks all sources, and writes nothing. By POST, so that nothing but a person asks them."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("sources_list")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TryForm(request.POST)
        return page(request, form, try_isbn(form.cleaned_data["isbn"]) if form.is_valid() else None)


def page(request: HttpRequest, form: TryForm, trial: Trial | None = None) -> HttpResponse:
    return render(request, "books/sources.html", {"rows": standings(), "form": form, "trial": trial})


class SwitchView(StaffOnly, View):
    http_method_names = ["post"]
    pauses = False

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        source = source_called(key)
        switch(source, self.pauses, request.user)
        words = "is paused: look-ups skip it" if self.pauses else "is asked again"
        messages.success(request, f"{source.label} {words}.")
        return redirect("sources_list")


class MoveForm(forms.Form):
    """The place that the page showed, and which way from there."""

    place = forms.IntegerField(min_value=1, max_value=1000)
    move = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])


class MoveView(StaffOnly, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        source, form = source_called(key), MoveForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Nothing was moved: use the arrows beside a source.")
            return redirect("sources_list")
        seen = form.cleaned_data["place"]
        to = seen + (1 if form.cleaned_data["move"] == "down" else -1)
        if move(source, to, seen):
            messages.success(request, f"{source.label} is now number {to}, from the next look-up on.")
        else:
            messages.info(request, f"The order has changed meanwhile, so {source.label} was not moved.")
        return redirect(f"{reverse('sources_list')}#source-{source.key}")


class RawView(StaffOnly, View):
    """What a source said last of a book, as it came: plain text, whatever is in it."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, key: str, isbn: str) -> HttpResponse:
        return HttpResponse(raw_of(source_called(key), isbn), content_type="text/plain; charset=utf-8")


def source_called(key: str) -> Source:
    if key not in SOURCES:
        raise Http404("No such source.")
    return SOURCES[key]


def raw_of(source: Source, isbn: str) -> str:
    """Raises Http404 where nothing is kept."""
    book = get_object_or_404(Book.objects.all(), number=to_number(isbn) or "-")
    answer = get_object_or_404(SourceAnswer, book=book.pk, source=source.name, raw__isnull=False)
    return answer.text


def answers_of(book: Book) -> "list[dict[str, Any]]":
    """Where the desk looked for it: each source's answer and its time, in the order in which they were asked."""
    by_name = {source.name: source for source in SOURCES.values()}
    rows = SourceAnswer.objects.filter(book=book.pk).order_by("asked_at", "id").defer("raw")
    kept = set(SourceAnswer.objects.filter(book=book.pk, raw__isnull=False).values_list("source", flat=True))
    return [
        {"answer": row, "source": by_name[row.source], "has_raw": row.source in kept}
        for row in rows
        if row.source in by_name
    ]
