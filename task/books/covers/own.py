"""A cover of one's own: a picture that somebody sends, which a worker makes into two sizes."""

import shutil
from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from task.books.changes import cover_changed
from task.books.covers import files, pictures
from task.books.covers.fetching import LARGEST
from task.books.covers.tasks import make_cover
from task.books.models import Book
from task.books.photos.reading import NO_HEIC, is_heic
from task.jobs.models import Job

TOO_MANY_BYTES = f"This picture is larger than {LARGEST // 1_000_000} MB. Send a smaller one."


class PictureField(forms.FileField):
    """What it is, is seen by its head; a worker unpacks it."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file.size > LARGEST:
            raise ValidationError(TOO_MANY_BYTES)
        if is_heic(file.read(12)):
            raise ValidationError(NO_HEIC)
        file.seek(0)
        try:
            with pictures.opened(file):
                pass
        except pictures.NoCover as why:
            raise ValidationError(str(why)) from None
        file.seek(0)
        return file


class CoverForm(forms.Form):
    cover = PictureField(
        label="Picture of the cover",
        help_text=f"JPEG, PNG or WebP, at most {LARGEST // 1_000_000} MB.",
        error_messages={"required": "Choose a picture.", "empty": "The file is empty. Choose a picture."},
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


def save(book: Book, picture: IO[bytes], owner: Any, unique_key: str | None = None) -> Job:
    """Keep it with the job that makes the cover of it."""

    def rows(job: Job) -> None:
        path = files.sent(job.pk)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as kept:
            shutil.copyfileobj(picture, kept)

    return make_cover.apply_async(kwargs={"number": book.number}, owner=owner, rows=rows, unique_key=unique_key)


@transaction.atomic
def remove(book: Book, by: Any) -> bool:
    """Its own cover goes, and a source's may come again. False: it has none of its own."""
    own = Book.objects.filter(pk=book.pk, cover__startswith=f"{files.OWN}/")
    if not own.update(cover="", cover_due=bool(book.cover_url)):
        return False
    cover_changed(book.pk, "removed", by.pk)
    return True
