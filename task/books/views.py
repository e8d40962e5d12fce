"""Scanning, and a book with its look-up. The lists are in `shelves`."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views import View

from task.books.again import look_up_again, look_up_one_again, why_not
from task.books.forms import ScanForm
from task.books.holdings import history
from task.books.home import needy_books
from task.books.models import Book, to_number
from task.books.pauses import pause_of, set_pauses
from task.books.scans import arguments_of, save_waiting
from task.books.tasks import look_up_books
from task.jobs.models import Job
from task.jobs.pages import JobFormView, jobs_of
from task.kit.partials import is_partial

FEEDBACK = "books_scan_left_over"  # in the session: what the page after a scan has to tell
RECENT, COUNTED = 12, 500


def recent_scans(user: Any) -> list[Book]:
    books = list(Book.objects.filter(scanned_by=user).for_list().order_by("-id")[:RECENT])
    set_pauses(books)
    return books


def todays_figures(user: Any) -> dict[str, Any]:
    """How many books the person scanned today, and how they are; of very many the last ones."""
    last = Book.objects.filter(scanned_by=user).order_by("-id").values_list("state", "created")[:COUNTED]
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Counter(state for state, created in last if created >= midnight)
    figures = [(words, today[state]) for state, words in Book.State.choices if today[state]]
    scanned = sum(today.values())
    return {"figures": [("scanned today", scanned), *figures] if scanned else [], "capped": scanned == COUNTED}


def last_scan(books: list[Book]) -> dict[str, Any]:
    """The job of the last scan and how many books it has, when it has more than the page shows; of very many, 0."""
    jobs = {book.job_id for book in books}
    if len(books) < RECENT or len(jobs) > 1 or None in jobs:
        return {}
    count = Book.objects.filter(job__in=jobs)[: COUNTED + 1].count()
    return {"scan_job": jobs.pop(), "scan_count": count if count <= COUNTED else 0} if count > RECENT else {}


class ScanView(JobFormView):
    """Back at the same page after each scan, with the focus where the next one goes."""

    form_class = ScanForm
    task = look_up_books
    template_name = "books/scan.html"
    success_url = reverse_lazy("books_scan")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_partial(request):
            return render(request, "books/_recent.html", self.recent() | {"oob": True})
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        if form.notes:
            # Saved before the job: after it, what needs fixing would be lost with the session.
            self.request.session[FEEDBACK] = form.feedback()
            self.request.session.save()
        return super().form_valid(form) if form.new else redirect(self.get_success_url())

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return arguments_of(form.new)

    def save_rows(self, form: Any, job: Job) -> None:
        save_waiting(form.new, job, self.request.user.pk)

    def get_success_message(self, job: Job) -> str:
        count = job.arguments["count"]
        if count == 1:
            return f"Looking up {job.arguments['isbn']}. Scan the next one."
        return f"We are looking up {count:,} books. They appear below as they are found."

    def initial_from(self, job: Job) -> dict[str, Any]:
        isbns = Book.objects.filter(job=job.pk).order_by("id").values_list("isbn", flat=True)
        return {"isbns": "\n".join(isbns) or job.arguments.get("isbn", "")}  # another job may have them since

    def words_for_file(self, field: Any, job: Job | None) -> str:
        words = super().words_for_file(field, job)
        return f"The new ISBNs of your file are in the box. {words}" if job else words

    def recent(self) -> dict[str, Any]:
        books = recent_scans(self.request.user)
        live = self.request.path if any(book.is_waiting for book in books) else ""
        return {"books": books, "live_url": live} | last_scan(books) | todays_figures(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        if form.is_bound:
            feedback = form.feedback() | {"text": form["isbns"].value() or form.remaining}
        else:
            feedback = self.request.session.pop(FEEDBACK, None) or {"text": form["isbns"].value()}
        no_contact = self.request.user.is_staff and not settings.CONTACT
        return context | self.recent() | {"feedback": feedback, "no_contact": no_contact}


class BookView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, isbn: str) -> HttpResponse:
        number = to_number(isbn)
        if not number:
            raise Http404("This is not an ISBN.")
        if number != isbn:
            return redirect("book_detail", isbn=number)
        book = get_object_or_404(Book.objects.select_related("scanned_by", "location"), number=number)
        context = {
            "book": book,
            "pause": pause_of(book),
            "authors": book.authors.order_by("bookauthor__position", "bookauthor__id"),
            "people": book.people.order_by("name_key", "id"),
            "subjects": book.subjects.order_by("name_key", "id"),
            # Who reads what is nobody else's business.
            "scanned_by": book.scanned_by if book.may_be_looked_up_by(request.user) else None,
            "may_look_up": book.can_be_looked_up and book.may_be_looked_up_by(request.user),
            "may_refresh": book.can_be_refreshed and book.may_be_looked_up_by(request.user),
            "changes": history(book, request.user),
            "jobs": list(jobs_of(request.user, book.job_id, book.refresh_job_id)),
            "live_url": request.path if book.is_waiting or book.is_refreshing else "",
        }
        return render(request, "books/_book.html" if is_partial(request) else "books/detail.html", context)


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
