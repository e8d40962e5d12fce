"""Photos become rows of their cart, one by one; and go with it."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from task.books.carts.accept import Sent, accept
from task.books.carts.models import Cart, Scan
from task.books.isbn import Piece
from task.books.photos import reading
from task.books.photos.models import Photo
from task.jobs import Now, Run, State, job
from task.jobs.models import Job

KEPT_FOR = timedelta(days=7)  # after the last scan of a cart that nobody has finished


def title_of(count: int) -> str:
    return f"Read {count:,} photo{'' if count == 1 else 's'}"


@job("books.read_photos", title=title_of, label="Read photos", starts_within=600)
def read_photos(run: Run, count: int) -> str:
    waiting = unread(run.job)
    for photos in run.drain(waiting.order_by("id").select_related("owner", "cart"), size=1, total=count):
        photo = photos[0]
        found = reading.read(bytes(photo.image))
        with run.step() as tally:
            accept(photo.owner, [sent_of(photo, found)], photo.cart)
            tally["barcodes"] += len(found.isbns)
            tally["unread"] += not found.isbns
            waiting.filter(pk=photo.pk).update(read_at=Now(), image=b"", small=found.small)
    return outcome(run.tally["barcodes"], run.tally["unread"])


def sent_of(photo: Photo, found: reading.Read) -> Sent:
    pieces = [Piece(1, isbn, isbn) for isbn in found.isbns]
    if not pieces:
        pieces = [Piece(1, photo.name or "Photo", fault=found.fault.rstrip("."))]
    return Sent(photo.uuid, "", photo.at, Scan.Way.PHOTO, tuple(pieces))


def outcome(barcodes: int, unread: int) -> str:
    words = f"{barcodes:,} barcode{'' if barcodes == 1 else 's'} read"
    return f"{words}, {unread:,} photo{'' if unread == 1 else 's'} without one." if unread else f"{words}."


@read_photos.ended
def refuse_unread(job: Job) -> None:
    """Photos that a job has left unread stand in the cart as rows to look at; none is lost without a word."""
    if job.state == State.SUCCEEDED:
        return
    why = "Reading this photo was cancelled." if job.state == State.CANCELLED else "This photo could not be read."
    fault = reading.Read(fault=f"{why} Send it again, or type the number.")
    for photo in unread(job).defer("image").select_related("owner", "cart").order_by("id"):
        accept(photo.owner, [sent_of(photo, fault)], photo.cart)
    unread(job).update(read_at=Now())


@read_photos.retried
def read_again(job: Job) -> None:
    kept = Photo.objects.filter(job=job.pk).exclude(image=b"")
    Scan.objects.filter(uuid__in=kept.values("uuid"), way=Scan.Way.PHOTO, effect=Scan.Effect.REFUSED).delete()
    kept.update(read_at=None)


def unread(job: Job) -> "QuerySet[Photo]":
    photos: QuerySet[Photo] = Photo.objects.filter(job=job.pk, read_at=None)
    return photos


@job("books.remove_photos", title="Remove photos of closed carts")
def remove_photos(run: Run) -> str:
    """A finished cart has none; of another one they go a week after its last scan."""
    closed = Cart.objects.filter(Q(finished__isnull=False) | Q(last_scan__lt=timezone.now() - KEPT_FOR))
    old = Photo.objects.filter(cart__in=closed, read_at__isnull=False).order_by("id")
    for photos in run.drain(old.only("pk"), size=200):
        with run.step() as tally:
            tally["photos"] += len(photos)
            Photo.objects.filter(pk__in=[photo.pk for photo in photos]).delete()
    count = run.tally["photos"]
    return f"{count:,} photo{'' if count == 1 else 's'} removed."
