from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from task.books.exports.models import Format
from task.books.exports.wanted import LONGEST, query_of

TOO_LONG = "The search is too long to be exported. Search for less, then export again."


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label="Format",
        choices=Format.choices,
        initial=Format.CSV,
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages={"required": "Choose a format.", "invalid_choice": "Choose one of these formats."},
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if len(cleaned.get("query", "")) > LONGEST:
            raise ValidationError(TOO_LONG)
        return cleaned | {"query": query_of(QueryDict(cleaned.get("query", "")))}
