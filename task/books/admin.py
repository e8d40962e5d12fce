from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from task.books.models import Author, Book, Person, Subject
from task.jobs.paginator import LimitedAdmin


class Flat(LimitedAdmin):
    list_per_page = 50


@admin.register(Book)
class BookAdmin(Flat):
    """To mend what a source says. Books come from scans: one that waits has a job that looks it up."""

    list_display = ("isbn", "title", "state", "copies", "source", "created")
    list_filter = ("state",)
    search_fields = ("isbn__startswith", "title_key__startswith")
    ordering = ("-id",)
    readonly_fields = ("isbn", "state", "reason", "source", "job", "created", "filled_at")
    raw_id_fields = ("scanned_by",)
    fields: ClassVar[Any] = (
        "isbn",
        ("title", "subtitle"),
        ("pages", "publish_date", "publishers"),
        "copies",
        ("state", "reason", "source"),
        ("outside_id", "outside_url", "cover_url"),
        ("scanned_by", "job", "created", "filled_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # What was typed and nothing else: meanwhile a worker may have filled the book, and would see it wait again.
        changed = set(form.changed_data)
        obj.save(update_fields=changed | ({"title_key"} if "title" in changed else set()))


@admin.register(Author, Person, Subject)
class NamedAdmin(Flat):
    list_display = ("name", "key")
    search_fields = ("name_key__startswith", "key__exact")
    ordering = ("-id",)
