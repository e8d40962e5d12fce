from typing import Any, ClassVar

from django.contrib import admin

from task.books.models import Author, Book, Pace, Person, Subject


class Flat(admin.ModelAdmin):
    """No count of the whole table a page."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(Book)
class BookAdmin(Flat):
    list_display = ("isbn", "title", "state", "copies", "source", "created")
    list_filter = ("state",)
    search_fields = ("isbn__startswith", "title_key__startswith")
    ordering = ("-id",)
    readonly_fields = ("job", "asked_until", "asked_by", "created", "filled_at")
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


@admin.register(Author, Person, Subject)
class NamedAdmin(Flat):
    list_display = ("name", "key")
    search_fields = ("name_key__startswith", "key__exact")
    ordering = ("-id",)


@admin.register(Pace)
class PaceAdmin(Flat):
    list_display = ("source", "next_at", "blocked_until", "strikes", "reason")
