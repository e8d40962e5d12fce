from typing import Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from task.books import record
from task.books.changes import write
from task.books.copies import change as change_copies
from task.books.fill import PLAIN
from task.books.models import Author, Book, CopyChange, Person, Subject
from task.books.search import index
from task.books.search.indexing import books_of
from task.books.search.tasks import renamed
from task.kit.admin import LimitedAdmin


class CatalogueAdmin(LimitedAdmin):
    list_per_page = 50


@admin.register(Book)
class BookAdmin(CatalogueAdmin):
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

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        # With what stood there when the page was opened: only so is it known what the person has changed since.
        kwargs["show_hidden_initial"] = True
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # What was typed and nothing else: meanwhile a worker may have filled the book, and would see it empty again.
        changed = set(form.changed_data)
        if "copies" in changed:
            # Those that were ordered meanwhile do not come back: what counts is by how many the person changed it.
            seen = form.data.get(form.add_initial_prefix("copies"), "")
            more = obj.copies - (int(seen) if seen.isdecimal() and len(seen) < 10 else form.initial["copies"])
            with transaction.atomic():
                there = Book.objects.select_for_update().values_list("copies", flat=True).get(pk=obj.pk)
                change_copies(obj.pk, max(more, -there), request.user, CopyChange.Why.ADMINISTRATION)
            changed.remove("copies")
        with transaction.atomic():
            book = Book.objects.select_for_update(of=("self",)).get(pk=obj.pk)
            write(book, {name: getattr(obj, name) for name in changed & set(record.PLAIN)}, request.user)
            changed -= set(record.PLAIN)
            if written := changed & set(PLAIN):
                locked = Book.objects.values_list("locked", flat=True).get(pk=obj.pk)
                obj.locked = sorted({*locked, *written})  # no look-up takes it back
                changed.add("locked")
            obj.save(update_fields=changed)


@admin.register(Author, Person, Subject)
class NamedAdmin(CatalogueAdmin):
    list_display = ("name", "key")
    search_fields = ("name_key__startswith", "key__exact")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(merged_into=None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "name" in form.changed_data and "locked" not in form.changed_data:
            obj.locked = True  # no look-up takes it back
        if change and "name" not in form.changed_data:
            obj.save(update_fields=form.changed_data)
            return
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if change:
                renamed(type(obj), {obj.pk: obj.name})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, type(obj)._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            books = books_of(queryset.model, queryset.values_list("pk", flat=True))
            super().delete_queryset(request, queryset)
            index(books)
