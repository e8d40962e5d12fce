"""Photos that somebody sends: saved with the job that reads them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from task.books.carts.accept import cart_of, lock, stretch
from task.books.photos import reading
from task.books.photos.models import Photo
from task.books.photos.tasks import read_photos
from task.jobs.models import Job

MOST = 50  # in one request
LARGEST = 15_000_000  # bytes; a phone's photo has 2 to 8 million


def check(photo: "UploadedFile[bytes]") -> None:
    """Raises ValidationError with a sentence. Whether a picture can be drawn is seen by the worker."""
    name = str(photo.name)[:100]
    if (photo.size or 0) > LARGEST:
        raise ValidationError(f"{name} is larger than {LARGEST // 1_000_000} MB. Send a smaller photo.")
    head = photo.read(12)
    photo.seek(0)
    if reading.is_heic(head):
        raise ValidationError(f"{name}: {reading.NO_HEIC}")
    if not head.startswith((b"\xff\xd8\xff", b"\x89PNG")) and head[8:12] != b"WEBP":
        raise ValidationError(f"{name} is not a photo. Send a JPEG, PNG or WebP.")


def save(owner: Any, photos: Sequence[tuple[UUID, "UploadedFile[bytes]"]]) -> Job | None:
    """Save those that are new under their names, with one job that reads them. None: they all were sent before."""
    with transaction.atomic():
        lock(owner)
        sent = set(
            Photo.objects.filter(owner=owner, uuid__in=[name for name, _ in photos]).values_list("uuid", flat=True)
        )
        new = [(name, photo) for name, photo in photos if name not in sent]
        if not new:
            return None
        at = timezone.now()
        cart = cart_of(owner, at)
        stretch(cart, at)

        def rows(job: Job) -> None:
            for name, photo in new:  # one by one: of twenty photos only one is in memory
                Photo.objects.create(
                    owner=owner, uuid=name, cart=cart, job=job, at=at, name=str(photo.name)[:100], image=photo.read()
                )

        return read_photos.apply_async(kwargs={"count": len(new)}, owner=owner, rows=rows)
