"""What books bring to a member's home page."""

import secrets
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from task.books.models import Book

Panel = tuple[str, dict[str, Any]]


def scan_box(request: HttpRequest) -> Panel:
    box = {
        "action": reverse("books_scan"),
        "field": "isbns",
        "label": "Scan or type an ISBN",
        "button": "Add book",
        "form_token": secrets.token_urlsafe(16),
    }
    last = Book.objects.filter(scanned_by=request.user.pk).for_list().order_by("-id").first()
    return "books/_home_scan.html", box | {"last": last, "home": reverse("home")}


def attention(request: HttpRequest) -> Panel | None:
    """Of the person's last scans those that no source knew, or whose look-up failed."""
    last = Book.objects.filter(scanned_by=request.user.pk).order_by("-id").values_list("isbn", "state")[:200]
    isbns = [isbn for isbn, state in last if state in (Book.State.NOT_FOUND, Book.State.FAILED)]
    if not isbns:
        return None
    books = Book.objects.filter(isbn__in=isbns[:2]).only("isbn", "state", "reason").order_by("-id")
    return "books/_home_attention.html", {"books": books, "count": len(isbns)}


def newest(request: HttpRequest) -> Panel:
    return "books/_newest.html", {"books": Book.objects.for_list().order_by("-id")[:7]}
