from typing import Any

from django import forms

from task.reports.languages import LANGUAGES, SPELLING
from task.reports.models import MOST

NOT_ON_THE_LIST = "This language is not on the list. Please choose one that is."


class LanguageField(forms.ChoiceField):
    """One of the list, in any case."""

    def to_python(self, value: Any) -> str:
        typed: str = super().to_python(value).strip()
        return SPELLING.get(typed.casefold(), typed)


class ReportForm(forms.Form):
    language = LanguageField(
        choices=[("", "Choose a language"), *((language, language) for language in LANGUAGES)],
        error_messages={"required": "Choose a language.", "invalid_choice": NOT_ON_THE_LIST},
    )
    count = forms.IntegerField(
        label="How many repositories",
        initial=100,
        help_text=f"Those with the most stars: 1 to {MOST:,}.",
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST, "inputmode": "numeric"}),
        error_messages={
            "required": f"Say how many repositories you want: 1 to {MOST:,}.",
            "invalid": "Enter a whole number, such as 200.",
        },
    )
    no_mail = forms.BooleanField(label="Send me no email when it is finished", required=False)

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count < 1:
            raise forms.ValidationError("Ask for at least 1 repository.")
        if count > MOST:
            sentence = f"{count:,} is" if count < 10**15 else "That is"
            raise forms.ValidationError(f"{sentence} too many: GitHub's search gives at most {MOST:,}.")
        return count
