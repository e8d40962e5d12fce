"""A file to send, how it is to be read, and what is to be added of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError

from task.books.carts.forms import LocationForm
from task.books.files.columns import Columns
from task.books.files.contents import labels_of, records
from task.books.files.kinds import MOST_ROWS, SIZE, FileFault, Kind
from task.books.files.models import Upload
from task.books.files.sending import check
from task.books.files.tables import DELIMITERS, TITLES, Layout, layout_of
from task.books.files.texts import ENCODINGS
from task.kit.fields import WholeNumberField

ACCEPT = ".csv,.tsv,.txt,.xlsx,.mrc,.marc,.xml,text/csv,text/plain"
COLUMNS = {
    "isbn": ("ISBN", ""),
    "other_isbn": ("Second number", "Read where the first is empty or wrong."),
    "title": ("Title", ""),
    "authors": ("Authors", ""),
    "year": ("Year", ""),
    "copies": ("Copies", "0 counts as 1."),
    "location": ("Location", ""),
}
SEPARATORS = {"": "None: a list", **{sign: words.capitalize() for sign, words in DELIMITERS.items()}}


class BooksField(forms.FileField):
    """A file of books: what it is, is seen here; its rows are read by a job."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        try:
            if file:
                check(file)
        except FileFault as fault:
            raise ValidationError(str(fault)) from None
        return file


class FileForm(forms.Form):
    file = BooksField(
        label="File of books",
        max_length=255,
        help_text="CSV, TSV, XLSX, plain text or MARC21 (also XML), "
        f"up to {SIZE // 1_000_000} MB and {MOST_ROWS:,} rows.",
        error_messages={"empty": "The file is empty. Choose a file with books in it.", "required": "Choose a file."},
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )


class LayoutForm(forms.Form):
    """How the file is to be read. What is left out stays as it is."""

    def __init__(self, sent: Upload, data: Any = None) -> None:
        layout = sent.read_layout or Layout(sent.name)
        self.sent, self.layout = sent, layout
        initial: dict[str, Any] = {
            name: str(value) for name in COLUMNS if (value := getattr(layout.columns, name)) is not None
        }
        initial |= {"delimiter": layout.delimiter, "encoding": layout.encoding, "heading_row": layout.heading_row}
        super().__init__(data, initial=initial)
        if not layout.is_list and not layout.is_marc:
            labels = [("", "None"), *((str(place), label) for place, label in enumerate(sent.labels))]
            for name, (label, words) in COLUMNS.items():
                self.fields[name] = forms.ChoiceField(
                    label=label, choices=labels, required=False, help_text=words, widget=forms.Select()
                )
            self.fields["heading_row"] = WholeNumberField(
                label="Headings are in row", min_value=0, max_value=TITLES, required=False, help_text="0: nowhere."
            )
        if layout.kind == Kind.TEXT:
            self.fields["delimiter"] = forms.ChoiceField(
                label="Separator", choices=list(SEPARATORS.items()), required=False
            )
            self.fields["encoding"] = forms.ChoiceField(label="Encoding", choices=list(ENCODINGS.items()))
        if sent.question and "isbn" in self.fields:
            self.fields["isbn"].widget.attrs |= {"aria-invalid": "true", "aria-describedby": "isbn-question"}

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[name] for name in COLUMNS if name in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in COLUMNS]

    @property
    def used(self) -> int:
        return self.layout.columns.count

    def new_layout(self, file: IO[bytes]) -> tuple[Layout, list[str]]:
        """As a person wants it, and what its columns are called then. Raises FileFault."""
        wanted, old = self.cleaned_data, self.layout
        if old.is_marc:
            return old, []
        encoding, delimiter = wanted.get("encoding") or old.encoding, wanted.get("delimiter", old.delimiter)
        if (encoding, delimiter) != (old.encoding, old.delimiter):
            new = layout_of(file, self.sent.name, encoding, delimiter)
            return new, labels_of(file, new)
        row = wanted.get("heading_row")
        new = replace(old, columns=columns_of(wanted)) if not old.is_list else old
        if row is None or row == old.heading_row or old.is_list:
            return new, self.sent.labels
        cells: Sequence[str] = ()
        if row:
            cells = next((each.cells for each in islice(records(file, old), TITLES) if each.number == row), ())
        new = replace(new, heading_row=row, headings=tuple(cell[:100] for cell in cells[:200]))
        return new, labels_of(file, new)


def columns_of(wanted: dict[str, Any]) -> Columns:
    return Columns(**{name: int(value) if (value := wanted.get(name)) else None for name in COLUMNS})


class AddForm(LocationForm):
    counts_copies = forms.BooleanField(label="Count copies", required=False)
    by_hand = forms.BooleanField(label="Enter books without an ISBN by hand", required=False)
