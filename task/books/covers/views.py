"""Covers for whoever sees the book: a name never means another picture, so a browser keeps it for a year."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from task.books.covers import files, own
from task.books.models import Book
from task.kit.once_more import OnceMore
from task.kit.private_files import address_of

HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@require_safe
def cover(request: HttpRequest, kind: str, digest: str, size: str) -> HttpResponseBase:
    """No row is asked for: the name is what one has to know, as with a static file."""
    try:
        path = files.path_of(f"{kind}/{digest}", size)
        file = path.open("rb")
    except (ValueError, OSError):
        raise Http404("No such cover.") from None
    if settings.X_ACCEL_REDIRECT:
        file.close()
        to = {"X-Accel-Redirect": quote(address_of(path))}
        return HttpResponse(content_type="image/webp", headers=HEADERS | to)
    return FileResponse(file, content_type="image/webp", headers=HEADERS)


class OwnCoverView(LoginRequiredMixin, OnceMore, FormView):  # type: ignore[type-arg]
    """A picture of one's own, for who may edit the book."""

    form_class = own.CoverForm
    template_name = "books/cover.html"

    @cached_property
    def book(self) -> Book:
        book: Book | None = Book.objects.editable(self.kwargs["isbn"], self.request.user)
        if book is None:
            raise Http404("No such book.")
        return book

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_own = self.book.cover.startswith(f"{files.OWN}/")
        return super().get_context_data(**kwargs) | {"book": self.book, "is_own": is_own}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "remove" in request.POST:
            own.remove(self.book, request.user)
            return redirect(self.book)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: own.CoverForm) -> HttpResponse:
        own.save(self.book, form.cleaned_data["cover"], self.request.user)
        messages.success(self.request, "We are making the cover. It appears on this page in a moment.")
        return redirect(self.book)
