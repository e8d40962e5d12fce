"""A book by hand, for programs: the page's fields, its rules and its sentences."""

from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.http import QueryDict
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request

from task.books.by_hand import saving
from task.books.by_hand.forms import MOST_COPIES, BookForm
from task.books.models import Book
from task.books.sources.edition import MOST_NAMES
from task.jobs.pages.api import idempotency_key
from task.kit.api import Strict

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
        form = BookForm(data)
        if not form.is_valid():
            errors: Any = form.errors
            raise serializers.ValidationError(errors)
        return form


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
