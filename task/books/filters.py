"""What the books lists are searched and narrowed by. Neither costs more where there are more books."""

import re
from functools import cached_property
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field

from task.books.facets.choices import AVAILABLE, LABELS, STATES, Chosen
from task.books.facets.listing import Listing
from task.books.models import Author, Book, Location, Subject
from task.books.search import Found, search
from task.books.search.beginnings import found_under
from task.kit.keys import fold_name
from task.kit.lists import prefix

LONGEST = 200  # letters of a value


class TextsField(forms.MultipleChoiceField):
    """Any texts: what no book has leaves none."""

    def validate(self, value: list[str]) -> None:
        for text in value:
            if not text or len(text) > LONGEST or "\0" in text:
                raise ValidationError(f"Write between 1 and {LONGEST} letters.")


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": LONGEST})
class TextsFilter(django_filters.MultipleChoiceFilter):
    field_class = TextsField


class DecadesField(forms.MultipleChoiceField):
    def validate(self, value: list[str]) -> None:
        for text in value:
            if not re.fullmatch(r"[0-9]{1,3}0", text):
                raise ValidationError("Write a decade by its first year: 1990.")


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,3}0$"})
class DecadesFilter(django_filters.MultipleChoiceFilter):
    field_class = DecadesField


class NamesField(django_filters.fields.ModelMultipleChoiceField):
    """Authors or subjects by their ids. Of a number that is longer than any the database would not be asked."""

    def _check_values(self, value: list[Any]) -> Any:
        if not all(re.fullmatch(r"[0-9]{1,18}", str(each)) for each in value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "id"})
        return super()._check_values(value)


@extend_schema_field({"type": "integer"})
class NamesFilter(django_filters.ModelMultipleChoiceFilter):
    field_class = NamesField


class BookFilter(django_filters.FilterSet):
    """Several values of one filter are OR, filters among each other AND."""

    q = django_filters.CharFilter()
    available = django_filters.MultipleChoiceFilter(choices=list(AVAILABLE.items()))
    room = TextsFilter()
    location = django_filters.ModelChoiceFilter(queryset=Location.objects.all())
    subject = NamesFilter(queryset=Subject.objects.all())
    author = NamesFilter(queryset=Author.objects.all())
    decade = DecadesFilter()
    language = TextsFilter()
    state = django_filters.MultipleChoiceFilter(choices=list(STATES.items()))

    class Meta:
        model = Book
        fields: ClassVar = ["q", *LABELS, "location"]

    def __init__(self, *args: Any, scope: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """`scope`: equal columns that narrow the list, besides."""
        super().__init__(*args, **kwargs)
        self.scope = scope or {}

    @cached_property
    def text(self) -> str:
        """What is searched for; "" where nothing in it is a letter or a number."""
        self.form.is_valid()
        text = str(self.form.cleaned_data.get("q") or "")
        return text if fold_name(text)[:200] else ""

    @cached_property
    def found(self) -> Found | None:
        """What the search has found; None where nothing is searched for. `exact`: as it was typed, and nothing else."""
        return search(self.text, forgive="exact" not in self.data) if self.text else None

    @cached_property
    def chosen(self) -> Chosen:
        """What is no choice is left out. A program is told (`kit.api_filters`)."""
        self.form.is_valid()
        data = self.form.cleaned_data
        values = {
            name: tuple(sorted(self._values(name, data.get(name) or ()), key=str)) for name in LABELS if data.get(name)
        }
        return Chosen(values, data.get("location"))

    @cached_property
    def aliases(self) -> dict[str, dict[str, str]]:
        """By filter the ids of an old address that are aliases, and what they lead to."""
        self.form.is_valid()
        return {
            name: {str(each.pk): str(each.merged_into_id) for each in chosen if each.merged_into_id}
            for name in ("subject", "author")
            if (chosen := self.form.cleaned_data.get(name))
        }

    def _values(self, name: str, chosen: Any) -> set[Any]:
        if name in ("subject", "author"):
            return {each.remaining_id for each in chosen}
        if name == "decade":
            return {int(text) for text in chosen}
        return {fold_name(text) for text in chosen} if name == "room" else set(chosen)

    @cached_property
    def listing(self) -> Listing:
        if self.found is None:
            return Listing(self.chosen, None, False, self.scope)
        return Listing(self.chosen, self.found.books, self.found.more, self.scope)

    def filter_queryset(self, queryset: QuerySet[Book]) -> QuerySet[Book]:
        return self.listing.narrow(queryset)


def named_like(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Of authors, people or subjects those whose name begins with `text`."""
    key = fold_name(text)
    if not key:
        return queryset
    if hasattr(queryset.model, "filing_key"):
        return queryset.filter(pk__in=found_under(queryset.model, text))
    return queryset.filter(prefix("name_key", key))
