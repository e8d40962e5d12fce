"""The scan form, as a page without script sends it: one text, photos, or a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from task.books.carts.sending import too_many
from task.books.files import looks_like_table
from task.books.files.forms import BooksField
from task.books.isbn import LIMIT, read
from task.books.photos import sending

TEXT_LENGTH = 500_000
NOTHING = "Scan, type or paste at least one ISBN, or choose photos or a file."


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Many files in one field, each looked at."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        photos = [photo for photo in data or [] if photo]
        if len(photos) > sending.MOST:
            raise ValidationError(f"Send at most {sending.MOST} photos at once.")
        for photo in photos:
            sending.check(photo)
        return photos


class ScanForm(forms.Form):
    isbns = forms.CharField(
        label="ISBNs",
        required=False,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea,
        error_messages={"max_length": f"This text is too long. Send at most {LIMIT:,} ISBNs at once."},
    )
    photos = PhotosField(label="Photos", required=False)
    file = BooksField(label="File of books", required=False, max_length=255)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A NUL is one sign more that stands in no ISBN: `read` leaves it out.
        box = self.fields["isbns"]
        box.validators = [v for v in box.validators if not isinstance(v, ProhibitNullCharactersValidator)]

    def clean_isbns(self) -> str:
        text: str = self.cleaned_data["isbns"]
        if too_many([text]) and not looks_like_table(text):
            raise ValidationError(f"Send at most {LIMIT:,} ISBNs at once.")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors or cleaned["photos"] or cleaned["file"]:
            return cleaned
        if next(read(cleaned["isbns"]), None) is None:
            self.add_error("isbns", NOTHING)
        return cleaned
