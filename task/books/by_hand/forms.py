"""A book by hand. Its form field names are those of the contract; several names stand one a line."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from task.books.by_hand.saving import names_of
from task.books.isbn import compact, fault_of, to_isbn13, visible
from task.books.languages import language_named
from task.books.models import NAME_LENGTH, Author, Named, Person, Subject
from task.books.record import OF_SOURCES
from task.books.sources.edition import MOST_NAMES, Edition
from task.books.sources.texts import clean
from task.kit.fields import WholeNumberField

MOST_COPIES = 999
LONGEST_LIST = MOST_NAMES * (NAME_LENGTH + 1)  # characters


class Lines(forms.CharField):
    """Names, one a line; a comma belongs to a name ("Le Guin, Ursula K.")."""

    widget = forms.Textarea

    def __init__(self, table: type[Named] | None = None, **options: Any) -> None:
        self.table = table
        messages = {"max_length": f"This is too long: at most {LONGEST_LIST:,} characters."}
        super().__init__(
            required=False, max_length=LONGEST_LIST, help_text="One a line.", error_messages=messages, **options
        )
        kind = str(table._meta.verbose_name) if table else "publisher"
        self.widget.attrs |= {"class": "form-control", "rows": 3, "dir": "auto", "data-chips": kind}
        if table:
            self.widget.attrs["data-suggest"] = reverse_lazy("books_suggest", args=[kind])

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_NAMES:
            raise ValidationError(f"Enter at most {MOST_NAMES} names, one a line.")
        if self.table:
            return names_of(self.table, lines)
        return list(dict.fromkeys(filter(None, (clean(line, 200) for line in lines))))


def text(label: str, length: int, listed: str = "", **options: Any) -> forms.CharField:
    """`listed`: the id of the page's list of what may be meant."""
    options.setdefault("required", False)
    attrs = {"class": "form-control", "dir": "auto", **({"list": listed} if listed else {}), **options.pop("attrs", {})}
    messages = {"max_length": f"This is too long: at most {length:,} characters."} | options.pop("error_messages", {})
    widget = options.pop("widget", forms.TextInput)(attrs=attrs)
    return forms.CharField(label=label, max_length=length, widget=widget, error_messages=messages, **options)


def number(label: str, **options: Any) -> WholeNumberField:
    widget = forms.NumberInput({"class": "form-control", "inputmode": "numeric"})
    words = f"Enter a whole number, {options['min_value']:,} to {options['max_value']:,}."
    return WholeNumberField(label=label, widget=widget, error_messages={"required": words}, **options)


class BookForm(forms.Form):
    isbn = text(
        "ISBN", 100, help_text="Leave it empty for a book without one: it gets a number of your library, like L000124."
    )
    title = text("Title", 1000, required=True, error_messages={"required": "Enter the title."})
    subtitle = text("Subtitle", 1000)
    authors = Lines(Author, label="Authors")
    people = Lines(Person, label="People in it")
    subjects = Lines(Subject, label="Subjects")
    publishers = Lines(label="Publishers")
    publish_date = text("Year", 100, help_text="As it is printed, like 1969 or May 1969.")
    language = text("Language", 100, listed="languages")
    pages = number("Pages", required=False, min_value=1, max_value=100_000)
    series = text("Series", 300)
    series_number = text("Number in the series", 50)
    edition_note = text("Edition note", 500, help_text="Such as 2nd, revised edition.")
    note = text("Note", 2000, widget=forms.Textarea, attrs={"rows": 3})
    location = text("Location", 200, listed="places", help_text="Room · shelf, like Main hall · SF 3.")
    copies = number("Copies", min_value=1, max_value=MOST_COPIES, initial=1)

    def clean_isbn(self) -> str:
        written = visible(self.cleaned_data["isbn"]).strip()
        if not written:
            return ""
        isbn = to_isbn13(written)
        if isbn is None:
            raise ValidationError(f"This is not an ISBN: {fault_of(compact(written)) or 'it has no digits'}.")
        return isbn

    def clean_title(self) -> str:
        title = clean(self.cleaned_data["title"], 1000)
        if not title:
            raise ValidationError("Enter the title.")
        return title

    def clean_publish_date(self) -> str:
        date = clean(self.cleaned_data["publish_date"], 100)
        if re.fullmatch(r"\d{5,}", date):
            raise ValidationError("A year has four digits.")
        return date

    def clean_language(self) -> str:
        return language_named(clean(self.cleaned_data["language"], 100))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("subtitle", "series", "series_number", "edition_note", "note"):
            lines = (cleaned.get(name) or "").splitlines()
            cleaned[name] = "\n".join(clean(line, 2000) for line in lines).strip()
        return cleaned

    def edition(self) -> Edition:
        """What was written, once it is valid."""
        return Edition(**{name: self.cleaned_data[name] for name in OF_SOURCES})
