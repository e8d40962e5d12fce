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
        "place": "band",
    }
    return "_scan_box.html", box


def newest(request: HttpRequest) -> Panel:
    return "books/_newest.html", {"books": Book.objects.for_list().order_by("-id")[:7], "place": "wide"}
