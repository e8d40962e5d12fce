"""A book by hand, for programs: the page's fields, its rules and its sentences."""

from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.http import QueryDict
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request

from task.books.by_hand import editing, saving
from task.books.by_hand.editing import MOST, EditForm
from task.books.by_hand.forms import MOST_COPIES, BookForm
from task.books.models import Book, BookChange
from task.books.record import LABELS, OF_SOURCES
from task.books.sources.edition import MOST_NAMES
from task.jobs.pages.api import idempotency_key
from task.kit.api import Strict, reader_of

EXAMPLE = OpenApiExample(
    "A book without an ISBN", {"title": "The Parish Register", "authors": ["Ada Wrote"], "publish_date": "1969"},
    request_only=True,
)  # fmt: skip


class NamesField(serializers.ListField):
    child = serializers.CharField(max_length=300)

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=MOST_NAMES, **options)


class BookByHand(Strict):
    isbn = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="Empty: it has none.")
    title = serializers.CharField(max_length=1000, error_messages={"required": "Enter the title."})
    subtitle = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    authors = NamesField()
    people = NamesField()
    subjects = NamesField()
    publishers = NamesField()
    language = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="Its name or code.")
    series = serializers.CharField(required=False, allow_blank=True, max_length=300)
    series_number = serializers.CharField(required=False, allow_blank=True, max_length=50)
    edition_note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    publish_date = serializers.CharField(required=False, allow_blank=True, max_length=100)
    pages = serializers.IntegerField(required=False, min_value=1, max_value=100_000)
    location = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Room · shelf.")
    copies = serializers.IntegerField(required=False, min_value=1, max_value=MOST_COPIES)

    def form(self) -> BookForm:
        """The page's form, filled in and valid. Raises ValidationError with its sentences."""
        self.is_valid(raise_exception=True)
        data = QueryDict(mutable=True)
        data["copies"] = "1"
        for name, value in self.validated_data.items():
            data[name] = "\n".join(value) if isinstance(value, list) else str(value)
        form: BookForm = valid(BookForm(data))
        return form


def valid(form: Any) -> Any:
    """Raises ValidationError with the sentences of a form that is not."""
    if not form.is_valid():
        raise serializers.ValidationError(form.errors)
    return form


class BookChanges(BookByHand):
    """What is left out stays as it is."""

    title = serializers.CharField(required=False, max_length=1000)
    pages = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=100_000)
    copies = serializers.IntegerField(required=False, min_value=0, max_value=MOST, help_text="Owned. Staff.")
    unlock = serializers.ListField(
        child=serializers.ChoiceField(OF_SOURCES), required=False, max_length=len(OF_SOURCES),
        help_text="Fields that look-ups may change again.",
    )  # fmt: skip
    version = serializers.IntegerField(
        required=False, min_value=0, help_text="As it was read: refused with 409 if these fields were changed since."
    )

    def edit(self, book: Book, reader: Any) -> EditForm:
        """The page's form, with what is sent in place of what is there, valid. Raises ValidationError."""
        self.is_valid(raise_exception=True)
        form = EditForm(book=book, reader=reader)
        data = QueryDict(mutable=True)
        for name in form.fields:
            data[name] = str("" if form.initial[name] is None else form.initial[name])
        for name, value in self.sent().items():
            if name not in form.fields:
                raise serializers.ValidationError({name: ["Only staff change this."]})
            data[name] = "\n".join(value) if isinstance(value, list) else str("" if value is None else value)
        unlock = self.validated_data.get("unlock", [])
        data.setlist("locked", [name for name in book.locked if name not in unlock])
        edited: EditForm = valid(EditForm(data, book=book, reader=reader))
        return edited

    def sent(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name not in ("unlock", "version")}

    def since(self, book: Book) -> set[str]:
        """Of the fields that are sent those that were changed after this version."""
        if "version" not in self.validated_data:
            return set()
        later = BookChange.objects.filter(book=book.pk, pk__gt=self.validated_data["version"])
        return {name for fields in later.values_list("fields", flat=True) for name in fields} & self.sent().keys()


class Changed(Exception):
    """Somebody else has changed it meanwhile: the sentence."""


def edit(request: Request, book: Book) -> None:
    """Raises ValidationError, Changed."""
    wanted = BookChanges(data=request.data)
    form = wanted.edit(book, reader_of(request))
    if since := wanted.since(book):
        names = ", ".join(LABELS[name] for name in sorted(since))
        raise Changed(f"Changed by somebody else since: {names}. Read the book again.")
    try:
        if editing.save(form, request.user) is None:
            raise Changed("This book was deleted.")
    except editing.Conflict:
        raise Changed("Somebody else has just changed this book. Read it again.") from None
    except editing.TooFew:
        raise serializers.ValidationError({"copies": ["Only those that are available can go."]}) from None


def enter(request: Request) -> Book:
    """The book of this request. Under one Idempotency-Key it is one book. Raises ValidationError."""
    form = BookByHand(data=request.data).form()
    key = idempotency_key(request) or str(uuid4())
    name = uuid5(NAMESPACE_URL, f"book by API {request.user.pk} {key}")
    wanted = form.cleaned_data
    try:
        return saving.save(form.edition(), request.user, name, wanted["isbn"], wanted["copies"], wanted["location"])
    except saving.InTheCatalogue as there:
        raise serializers.ValidationError({"isbn": [f"This ISBN is in the catalogue: {there.book}."]}) from None
