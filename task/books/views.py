"""Scanning, and a book with its look-up. The lists are in `shelves`."""

import secrets
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views import View

from task.books.again import look_up_again, look_up_one_again, why_not
from task.books.carts.accept import Sent, accept
from task.books.carts.page import scan_page
from task.books.carts.sending import VIEWS
from task.books.files import sending as files
from task.books.files.pasted import save_table
from task.books.forms import ScanForm
from task.books.history import ALL, SHOWN, history
from task.books.home import needy_books
from task.books.models import Book, to_number
from task.books.neighbours import EDITIONS, beside, other_editions
from task.books.page import facts, more_by
from task.books.pauses import pause_of
from task.books.photos.sending import save as save_photos
from task.books.standing.groups import hint_of
from task.books.standing.views import answers_of
from task.books.tasks import look_up_books
from task.jobs.models import Job
from task.jobs.pages import JobFormView, jobs_of
from task.jobs.pages.form_view import SAVED_BUT_NOT_NOTIFIED
from task.kit.partials import is_partial

SENT = UUID("a5b0c4b4-6a0e-4d53-9b0a-5c6f0c3c8f11")  # the names of what forms send
NOTES = 5  # quiet sentences on one page


class ScanView(JobFormView):
    """Every scan becomes a row of the cart: what is no ISBN, too. With a script the box sends by `carts.sending`."""

    form_class = ScanForm
    task = look_up_books
    template_name = "books/scan.html"
    success_url = reverse_lazy("books_scan")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_partial(request):
            template, context = VIEWS["toast" if "toast" in request.GET else "page"]
            return render(request, template, context(request.user))
        return super().get(request, *args, **kwargs)

    def sent_already(self) -> Job | None:
        return None  # rows that were sent twice count once by their names

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {}  # `accept` gives each look-up its own

    def form_valid(self, form: Any) -> HttpResponse:
        sent = Sent(self.name_of("box"), form.cleaned_data["isbns"])
        photos, file = form.cleaned_data["photos"], form.cleaned_data["file"]
        if not photos and not file and (table := save_table(self.request.user, sent)):
            return redirect(table)
        accepted = accept(self.request.user, [sent])
        notes = list(dict.fromkeys(note for some in accepted.notes.values() for note in some))
        for note in notes[:NOTES]:
            messages.info(self.request, note)
        if photos:
            self.send_photos(photos)
        if accepted.job and accepted.job.notified is False:
            messages.warning(self.request, SAVED_BUT_NOT_NOTIFIED)
        return redirect(files.save(self.request.user, file) if file else self.get_success_url())

    def send_photos(self, photos: list[Any]) -> None:
        names = [self.name_of(f"photo {place}") for place in range(len(photos))]
        if job := save_photos(self.request.user, list(zip(names, photos, strict=True))):
            count = job.arguments["count"]
            words = f"Reading {count} photo{'' if count == 1 else 's'}. Each barcode of a book becomes a row."
            messages.info(self.request, words)

    def name_of(self, what: str) -> UUID:
        """The same for the same form, sent twice."""
        return uuid5(SENT, f"{self.unique_key}{what}") if self.unique_key else uuid4()

    def initial_from(self, job: Job) -> dict[str, Any]:
        isbns = Book.objects.filter(job=job.pk).order_by("id").values_list("isbn", flat=True)
        return {"isbns": "\n".join(isbns) or job.arguments.get("isbn", "")}  # another job may have them since

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        no_contact = self.request.user.is_staff and not settings.CONTACT
        return context | scan_page(self.request.user) | {"no_contact": no_contact}


class BookView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, isbn: str) -> HttpResponse:
        number = to_number(isbn)
        if not number:
            raise Http404("This is not an ISBN.")
        if number != isbn:
            return redirect("book_detail", isbn=number)
        book = Book.objects.select_related("scanned_by", "location").called(number)
        if book is None:
            raise Http404("No such book.")
        if book.number != number:
            return redirect(book)
        return render(
            request, "books/_book.html" if is_partial(request) else "books/detail.html", context_of(book, request)
        )


def context_of(book: Book, request: HttpRequest) -> dict[str, Any]:
    """What its page shows to this reader."""
    reader = request.user
    authors = list(book.authors.order_by("bookauthor__position", "bookauthor__id"))
    has_all = request.GET.get("history") == "all"
    past = history(book, reader, ALL if has_all else SHOWN)
    more_author, more_books = more_by(book, authors)
    looked = answers_of(book) if book.state != Book.State.FILLED or reader.is_staff else []
    editions = other_editions(book)
    may_look_up = book.can_be_looked_up and book.may_be_looked_up_by(reader)
    return {
        "book": book,
        "pause": pause_of(book),
        "authors": authors,
        "people": book.people.order_by("name_key", "id"),
        "subjects": book.subjects.order_by("name_key", "id"),
        "facts": facts(book, authors, past.writers),
        "history": past,
        "history_open": has_all,
        "looked": looked if book.state != Book.State.FILLED else [],
        "hint": hint_of(book.isbn) if book.isbn and book.state == Book.State.NOT_FOUND and reader.is_staff else "",
        "raw": [each for each in looked if each["has_raw"]] if reader.is_staff else [],
        "editions": editions[:EDITIONS],
        "more_editions": len(editions) > EDITIONS,
        "beside": beside(book),
        "more_author": more_author,
        "more_books": more_books,
        # Who reads what is nobody else's business.
        "scanned_by": book.scanned_by if book.may_be_looked_up_by(reader) else None,
        "may_look_up": may_look_up,
        "may_enter": may_look_up,
        "form_token": secrets.token_urlsafe(16),
        "may_refresh": book.can_be_refreshed and book.may_be_looked_up_by(reader),
        "may_edit": book.may_be_edited_by(reader),
        "jobs": list(jobs_of(reader, book.job_id, book.refresh_job_id)),
        "live_url": request.path if book.is_waiting or book.is_refreshing else "",
    }


class LookUpView(LoginRequiredMixin, View):
    """Look a book up again: a new job, for staff and for who scanned it. A found one stays found meanwhile."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, isbn: str) -> HttpResponse:
        book = get_object_or_404(Book.objects, number=to_number(isbn) or "-")
        if not book.may_be_looked_up_by(request.user):
            raise Http404("No such book.")
        if look_up_one_again(book, request.user):
            messages.success(request, f"Looking up {book.number} again.")
        else:
            messages.info(request, why_not(book))
        return redirect(book)


class LookUpAllView(LoginRequiredMixin, View):
    """Look up again what the home page of a person names in one row: one job for all of it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        job = look_up_again(needy_books(request.user, request.POST.get("state", "")), request.user)
        if job is None:
            messages.info(request, "There is nothing to look up again.")
            return redirect("books_scan")
        return redirect(job)
