"""The scan form, as a page without script sends it: one text, or one file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from task.books.carts.models import Scan
from task.books.carts.sending import too_many
from task.books.files import looks_like_table
from task.books.isbn import LIMIT, read
from task.books.photos import sending
from task.books.uploads import UploadFault, numbers_in

TEXT_LENGTH = 500_000
NOTHING = "Scan, type or paste at least one ISBN, or choose a file or photos."


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
    """`texts`, when it is valid: what to read, and the way by which it came."""

    isbns = forms.CharField(
        label="ISBNs",
        required=False,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea,
        error_messages={"max_length": f"This text is too long. Send at most {LIMIT:,} ISBNs at once."},
    )
    file = forms.FileField(
        label="File of ISBNs",
        required=False,
        max_length=255,
        error_messages={"empty": "The file is empty. Choose a file with one ISBN per line."},
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.csv,.tsv,text/plain,text/csv"}),
    )
    photos = PhotosField(label="Photos", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A NUL is one sign more that stands in no ISBN: `read` leaves it out.
        box = self.fields["isbns"]
        box.validators = [v for v in box.validators if not isinstance(v, ProhibitNullCharactersValidator)]
        self.texts: list[tuple[str, Scan.Way]] = []
        self.pictures: list[Any] = []

    def clean_isbns(self) -> str:
        text: str = self.cleaned_data["isbns"]
        if too_many([text]) and not looks_like_table(text):
            raise ValidationError(f"Send at most {LIMIT:,} ISBNs at once.")
        return text

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if not file:
            return ""
        try:
            text = numbers_in(file)
        except UploadFault as fault:
            raise ValidationError(str(fault)) from None
        if next(read(text), None) is None:
            raise ValidationError(f"{file.name} has no ISBNs. Put one on each line and send it again.")
        if too_many([text]):
            raise ValidationError(f"{file.name} has more than {LIMIT:,} ISBNs. Split it and send the parts.")
        return text

    def clean(self) -> dict[str, Any]:
        text, file = self.cleaned_data.get("isbns", ""), self.cleaned_data.get("file", "")
        self.texts = [(text, Scan.Way.BOX)] if next(read(text), None) else []
        self.texts += [(file, Scan.Way.FILE)] if file else []
        self.pictures = self.cleaned_data.get("photos") or []
        if not self.texts and not self.pictures and not self.errors:
            self.add_error("isbns", NOTHING)
        return {}
