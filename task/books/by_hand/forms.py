"""A book by hand. Its form field names are those of the contract; several names stand one a line."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from task.books.by_hand.saving import names_of
from task.books.isbn import compact, fault_of, to_isbn13, visible
from task.books.models import Author, Named, Person, Subject
from task.books.sources.edition import MOST_NAMES, Edition
from task.books.sources.texts import clean
from task.kit.fields import WholeNumberField

MOST_COPIES = 999
LONGEST_LIST = 20_000  # characters


class Lines(forms.CharField):
    """Names, one a line; a comma belongs to a name ("Le Guin, Ursula K.")."""

    widget = forms.Textarea

    def __init__(self, table: type[Named] | None = None, **options: Any) -> None:
        self.table = table
        super().__init__(required=False, max_length=LONGEST_LIST, **options)
        self.widget.attrs |= {"rows": 2, "dir": "auto"}

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_NAMES:
            raise ValidationError(f"Enter at most {MOST_NAMES} names, one a line.")
        return names_of(self.table, lines) if self.table else [clean(line, 200) for line in lines]


def text(label: str, length: int, listed: str = "", **options: Any) -> forms.CharField:
    """`listed`: the id of the page's list of what may be meant."""
    options.setdefault("required", False)
    attrs = {"dir": "auto", **({"list": listed} if listed else {})}
    messages = {"max_length": f"This is too long: at most {length:,} characters."} | options.pop("error_messages", {})
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=length, widget=widget, error_messages=messages, **options)


class BookForm(forms.Form):
    isbn = text(
        "ISBN", 100, help_text="Leave it empty for a book without one: it gets a number of your library, like L000124."
    )
    title = text("Title", 1000, required=True, error_messages={"required": "Enter the title."})
    subtitle = text("Subtitle", 1000)
    authors = Lines(Author, label="Authors", help_text="One a line.")
    people = Lines(Person, label="People in it", help_text="One a line.")
    subjects = Lines(Subject, label="Subjects", help_text="One a line.")
    publishers = Lines(label="Publishers", help_text="One a line.")
    publish_date = text("Year", 100, help_text="As it is printed, like 1969 or May 1969.")
    pages = WholeNumberField(label="Pages", required=False, min_value=1, max_value=100_000)
    location = text("Location", 200, listed="places", help_text="Room · shelf, like Main hall · SF 3.")
    copies = WholeNumberField(label="Copies", min_value=1, max_value=MOST_COPIES, initial=1)

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

    def edition(self) -> Edition:
        """What was written, once it is valid."""
        wanted = ("title", "authors", "people", "subjects", "publishers", "publish_date", "pages")
        return Edition(subtitle=clean(self.cleaned_data["subtitle"], 1000), **{f: self.cleaned_data[f] for f in wanted})
