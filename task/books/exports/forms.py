from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from task.books.exports.formats import WORDS
from task.books.exports.models import Format
from task.books.exports.wanted import LONGEST, query_of

TOO_LONG = "The search is too long to be exported. Search for less, then export again."


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label="Format",
        choices=[(each, f"{Format(each).label}: {words}") for each, words in WORDS.items()],
        initial=Format.CSV,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a format.", "invalid_choice": "Choose one of these formats."},
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if len(cleaned.get("query", "")) > LONGEST:
            raise ValidationError(TOO_LONG)
        return cleaned | {"query": query_of(QueryDict(cleaned.get("query", "")))}
