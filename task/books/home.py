"""What books bring to a member's home page."""

import secrets
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from task.books.carts.page import last_scan
from task.books.models import Book
from task.books.sources.catalogue import Catalogue, editions
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]
NEEDY = (Book.State.FAILED, Book.State.NOT_FOUND)
LAST = 200  # scans of a person
FIRST = ("9780345418913", "9780451524935", "9780451526342", "9781101990322")  # those of the README


def last_books(user: Any) -> list[Book]:
    """Those of the person's last scans, the newest first."""
    books = Book.objects.filter(scanned_by=user.pk).order_by("-id")
    return list(books.only("isbn", "number", "state", "reason", "job")[:LAST])


def needy_books(user: Any, state: str) -> list[Book]:
    """Of the person's last scans those in this state that need a hand."""
    return needy_among(last_books(user), user, state)


def needy_among(last: list[Book], user: Any, state: str) -> list[Book]:
    """A book whose own job failed is that job's matter: its retry looks the book up, and its dismissal leaves it."""
    books = [book for book in last if book.state == state]
    if state != Book.State.FAILED or not books:
        return books
    keys = {book.job_id for book in books if book.job_id}
    failed = set(Job.objects.owned_by(user).failed().filter(pk__in=keys).values_list("pk", flat=True)) if keys else ()
    return [book for book in books if book.job_id not in failed]


def scan_box(request: HttpRequest) -> Panel:
    box = {
        "action": reverse("books_scan"),
        "field": "isbns",
        "label": "Scan, type or paste ISBNs",
        "button": "Add",
        "form_token": secrets.token_urlsafe(16),
    }
    return "books/_home_scan.html", box | {"last": last_scan(request.user), "home": reverse("home")}


def catch(request: HttpRequest) -> Panel:
    """The scripts of every page: they catch a scan wherever the focus is, and send what the browser has kept."""
    return "books/_catch.html", {}


def first_step(request: HttpRequest) -> tuple[bool, dict[str, Any]]:
    """Four books to scan without a scanner: what the local catalogue knows, and nobody has scanned yet."""
    if Book.objects.filter(scanned_by=request.user.pk).exists():
        return True, {}
    isbns = list(dict.fromkeys([*FIRST, *Catalogue().isbns()]))
    known = set(Book.objects.filter(isbn__in=isbns).values_list("isbn", flat=True))
    books = [(isbn, editions()[isbn].title) for isbn in isbns if isbn not in known][:4]
    start = "No scanner at hand? Take one of these, or type" if books else "No scanner at hand? Type"
    words = f"{start} the number under any barcode into the scan box."
    return False, {"books": books, "words": words, "form_token": secrets.token_urlsafe(16)}


def newest(request: HttpRequest) -> Panel:
    return "books/_newest.html", {"books": Book.objects.for_list().order_by("-id")[:7]}
