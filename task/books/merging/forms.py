"""A new name, and the name that remains of two."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from task.books.merging.renaming import taken
from task.books.models import NAME_LENGTH, Named
from task.books.sources.edition import named as readable
from task.books.sources.texts import clean

BIGGEST = 2**63 - 1  # an id
TAKEN = "taken"


class RenameForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=NAME_LENGTH,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        help_text="No source changes a name that you write. The old spelling still leads here.",
        error_messages={
            "required": "Enter the name.",
            "max_length": f"This is too long: at most {NAME_LENGTH} characters.",
        },
    )

    def __init__(self, *args: Any, named: Named, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = named

    def clean_name(self) -> str:
        name = clean(self.cleaned_data["name"], NAME_LENGTH)
        if readable(name) is None:
            raise ValidationError("Enter the name.")
        if name == self.named.name:
            raise ValidationError("This is its name already.")
        if other := taken(self.named, name):
            words = "There is another “%(name)s”. Merge the two instead."
            raise ValidationError(words, code=TAKEN, params={"name": other.name, "into": other.pk})
        return name

    @property
    def taken_by(self) -> int | None:
        """The id of another one that has the name, of a form that was refused for it."""
        faults = self.errors.as_data().get("name", []) if self.is_bound else []
        return next((fault.params["into"] for fault in faults if fault.code == TAKEN and fault.params), None)


class NameField(forms.IntegerField):
    """The id of a name of one sort, which is no alias."""

    def __init__(self, **options: Any) -> None:
        words = "Choose a name."
        messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), words)
        super().__init__(min_value=1, max_value=BIGGEST, widget=forms.HiddenInput, error_messages=messages, **options)


def remaining_name(table: Any, pk: int) -> Named:
    """Raises ValidationError for one that is gone, or an alias."""
    row: Named | None = table.objects.select_related("merged_into").filter(pk=pk).first()
    if row is None:
        raise ValidationError(f"There is no such {table._meta.verbose_name}. Choose another one.")
    if row.merged_into:
        words = f"“{row.name}” was merged into “{row.merged_into.name}”. Choose that one, or another."
        raise ValidationError(words)
    return row


class MergeForm(forms.Form):
    into = NameField()

    def __init__(self, *args: Any, named: Named, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = named

    def clean_into(self) -> Named:
        into = remaining_name(type(self.named), self.cleaned_data["into"])
        if into.pk == self.named.pk:
            raise ValidationError("A name can’t be merged with itself. Choose another one.")
        return into


class NoDoubleForm(forms.Form):
    one = NameField()
    other = NameField()

    def __init__(self, *args: Any, table: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def clean_one(self) -> Named:
        return remaining_name(self.table, self.cleaned_data["one"])

    def clean_other(self) -> Named:
        return remaining_name(self.table, self.cleaned_data["other"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("one") and cleaned.get("one") == cleaned.get("other"):
            raise ValidationError({"other": "Choose two names."})
        return cleaned
