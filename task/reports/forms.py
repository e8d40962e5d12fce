from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from task.reports.languages import LANGUAGES, SPELLING
from task.reports.models import MOST

NOT_ON_THE_LIST = "This language is not on the list. Choose one that is."


class LanguageField(forms.ChoiceField):
    """One of the list, in any case."""

    def to_python(self, value: Any) -> str:
        typed: str = super().to_python(value).strip()
        return SPELLING.get(typed.casefold(), typed)


class TickedUnlessUnticked(forms.CheckboxInput):
    """A box that counts as ticked where a form does not have it: a hidden field beside it says that it was there."""

    def render(self, name: str, *args: Any, **kwargs: Any) -> SafeString:
        return format_html('<input type="hidden" name="{}" value="off">{}', name, super().render(name, *args, **kwargs))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return bool(data.get(name, "on") != "off")


class ReportForm(forms.Form):
    language = LanguageField(
        choices=[("", "Choose a language"), *((language, language) for language in LANGUAGES)],
        error_messages={"required": "Choose a language.", "invalid_choice": NOT_ON_THE_LIST},
    )
    count = forms.IntegerField(
        label="Number of repositories",
        initial=100,
        help_text=f"1 to {MOST:,}, starting with those that have the most stars.",
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST, "inputmode": "numeric"}),
        error_messages={
            "required": f"Enter how many repositories you want: 1 to {MOST:,}.",
            "invalid": "Enter a whole number, such as 200.",
        },
    )
    mail = forms.BooleanField(
        label="Email me when it is ready", required=False, initial=True, widget=TickedUnlessUnticked
    )

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count < 1:
            raise forms.ValidationError("The minimum is 1 repository.")
        if count > MOST:
            sentence = f"{count:,} is" if count < 10**15 else "That is"
            raise forms.ValidationError(f"{sentence} too many. GitHub's search gives at most {MOST:,}.")
        return count
