"""What the palette finds of the books: an ISBN to scan, and books as the catalogue's search finds them."""

import secrets

from django.http import HttpRequest
from django.urls import reverse

from task.books.isbn import to_isbn13
from task.books.models import Book
from task.books.search import MOST, search
from task.face.drawing.covers import cover
from task.face.drawing.icons import icon
from task.face.palette import SHOWN, Found, Row


def books(request: HttpRequest, text: str) -> Found:
    found = search(text)
    shown = Book.objects.for_list().in_bulk(found.books[:SHOWN])
    rows = [shown[key] for key in found.books[:SHOWN] if key in shown]
    count = f"more than {MOST:,}" if found.more else f"{len(found.books):,}"
    isbn = to_isbn13(text)
    return Found([row_of(book) for book in rows], count, [scan(isbn)] if isbn else [])


def scan(isbn: str) -> Row:
    fields = {"isbns": isbn, "form_token": secrets.token_urlsafe(16)}
    return Row(f"Scan {isbn}", reverse("books_scan"), picture=icon("scan"), fields=fields)


def row_of(book: Book) -> Row:
    by = ", ".join(filter(None, [book.author_names, book.year]))
    copies = f"{book.copies:,} {'copy' if book.copies == 1 else 'copies'} available"
    is_filled = book.state == Book.State.FILLED
    return Row(
        book.heading,
        book.get_absolute_url(),
        detail=". ".join(filter(None, [by, copies])) if is_filled else by,
        picture=cover(book.title, book.author_names, book.number),
        state="" if is_filled else book.get_state_display(),
    )
