"""Photos of barcodes: what is read, what is refused, and what is kept for how long."""

import struct
import zlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from task.backups.models import tables_left_out
from task.books.carts import accept as carts
from task.books.carts.models import Cart, Scan
from task.books.models import Book
from task.books.photos import reading, sending, tasks
from task.books.photos.models import Photo
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from tests.books.conftest import isbns
from tests.books.pictures import as_file, barcode, shelf
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db
H, O = "9780345418913", "9780451524935"  # noqa: E741


def upload(content: bytes, name: str = "shelf.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def send(owner: Any, *contents: bytes) -> Job:
    job = sending.save(owner, [(uuid4(), upload(content)) for content in contents])
    assert job is not None
    return job


def bomb() -> bytes:
    """A PNG of 200 bytes that says that it has 2,500 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


# Reading


@pytest.mark.parametrize(("scale", "turned", "blur"), [(2, 0, 0), (2, 0, 1), (3, 12, 1), (3, -28, 0.5), (4, 28, 2)])
def test_of_a_shelf_of_twelve_at_least_nine_are_read_and_none_wrong(scale: int, turned: float, blur: float) -> None:
    wanted = isbns(12)
    found = reading.read(as_file(shelf(wanted, scale=scale, turned=turned, blur=blur), quality=85)).isbns
    assert len(found) >= 9
    assert set(found) <= set(wanted)


@pytest.mark.parametrize("turned", [0, 45, 90, 180, 270])
def test_one_barcode_is_read_however_the_phone_was_held(turned: int) -> None:
    assert reading.read(as_file(shelf([H], turned=turned))).isbns == (H,)


def test_they_come_as_one_reads_a_page() -> None:
    wanted = isbns(6)
    assert reading.read(as_file(shelf(wanted))).isbns == tuple(wanted)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "LA"])
def test_each_sort_of_picture_is_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture = shelf([H])
    picture = picture.convert("I").point(lambda v: v * 256).convert("I;16") if mode == "I;16" else picture.convert(mode)
    assert reading.read(as_file(picture, kind)).isbns == (H,)


def test_a_photo_that_says_how_it_was_held_is_turned_first() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    small = reading.read(as_file(shelf([H, O], columns=2), exif=exif)).small
    with Image.open(__import__("io").BytesIO(small)) as picture:
        assert picture.height > picture.width


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (as_file(Image.new("L", (300, 300), 128)), reading.NO_BARCODE),
        (as_file(barcode("4006381333931")), reading.OTHER_CODE.format("4006381333931")),
        (as_file(barcode("https://example.org", kind="QRCode", scale=6)), reading.OTHER_CODE.format("https://example.org")),
        (as_file(barcode("9790260000438")), reading.OTHER_CODE.format("9790260000438")),
        (b"\xff\xd8\xff nothing of a picture", reading.NO_IMAGE),
        (as_file(shelf([H]))[:400], reading.NO_IMAGE),
        (b"", reading.NO_IMAGE),
        (b"\0\0\0\x18ftypheic", reading.NO_HEIC),
        (bomb(), reading.TOO_LARGE),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_one_sentence(content: bytes, sentence: str) -> None:
    found = reading.read(content)
    assert (found.isbns, found.fault) == ((), sentence)


# Sending


def test_each_barcode_of_a_photo_is_a_row_of_the_cart(alice: Any, library: OpenLibrary) -> None:
    job = send(alice, as_file(shelf([H, O])), as_file(Image.new("L", (200, 200), 90)))
    execute_all()
    job.refresh_from_db()
    assert job.message == "2 barcodes read, 1 photo without one."
    rows = list(Scan.objects.order_by("pk"))
    assert [(row.text, row.effect, row.way) for row in rows] == [
        (H, "brought", "photo"), (O, "brought", "photo"), ("shelf.jpg", "refused", "photo"),
    ]  # fmt: skip
    assert rows[2].fault == reading.NO_BARCODE
    assert Book.objects.count() == 2
    photo = Photo.objects.get(uuid=rows[0].uuid)
    assert (bytes(photo.image), bytes(photo.small[:3])) == (b"", b"\xff\xd8\xff")


def test_a_photo_that_is_sent_twice_counts_once(alice: Any) -> None:
    name, content = uuid4(), as_file(shelf([H]))
    assert sending.save(alice, [(name, upload(content))])
    assert sending.save(alice, [(name, upload(content))]) is None
    execute_all()
    assert Scan.objects.count() == Photo.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"%PDF-1.7", "list.pdf", "list.pdf is not a photo. Send a JPEG, PNG or WebP."),
        (b"\0\0\0\x18ftypheic", "IMG_1.HEIC", f"IMG_1.HEIC: {reading.NO_HEIC}"),
        (b"", "empty.jpg", "empty.jpg is not a photo. Send a JPEG, PNG or WebP."),
        (b"\xff\xd8\xff" + b"x" * 15_000_000, "big.jpg", "big.jpg is larger than 15 MB. Send a smaller photo."),
    ],
)
def test_what_is_no_photo_is_refused_at_once(content: bytes, name: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as fault:
        sending.check(upload(content, name))
    assert fault.value.messages == [sentence]


def test_photos_that_a_cancelled_job_left_are_rows_and_a_retry_reads_them(alice: Any, library: OpenLibrary) -> None:
    job = send(alice, as_file(shelf([H])))
    cancel(job)
    row = Scan.objects.get()
    assert (row.effect, row.fault) == (
        "refused", "Reading this photo was cancelled. Send it again, or type the number.",
    )  # fmt: skip
    job.refresh_from_db()
    retry(job)
    execute_all()
    assert [(row.text, row.effect) for row in Scan.objects.all()] == [(H, "brought")]


@pytest.mark.django_db(transaction=True)
def test_reading_photos_survives(alice: Any) -> None:
    contents = [as_file(shelf([H, O], columns=2)), as_file(Image.new("L", (50, 50)))]
    cart = Cart.objects.create(owner=alice, started=timezone.now(), last_scan=timezone.now())

    def rows(job: Job) -> None:
        for content in contents:
            Photo.objects.create(
                owner=alice, uuid=uuid4(), cart=cart, job=job, at=timezone.now(), name="a.jpg", image=content
            )

    ignored = ("books.photo.read_at", "books.scan.created", "books.book.created", "books.book.filled_at")
    assert assert_survives(tasks.read_photos, owner=alice, rows=rows, count=2, ignore=ignored) > 20


# How long they are kept


def test_photos_go_with_their_cart_and_are_in_no_backup(alice: Any) -> None:
    send(alice, as_file(shelf([H])))
    execute_all()
    tasks.remove_photos.delay()
    execute_all()
    assert Photo.objects.count() == 1, "the cart is open"
    carts.finish(Cart.objects.get())
    tasks.remove_photos.delay()
    execute_all()
    assert not Photo.objects.exists()
    assert Scan.objects.count() == 1
    assert "books_photo" in tables_left_out()


def test_photos_of_a_cart_that_nobody_finished_go_after_a_week(alice: Any) -> None:
    send(alice, as_file(shelf([H])))
    execute_all()
    Cart.objects.update(last_scan=timezone.now() - timedelta(days=8))
    tasks.remove_photos.delay()
    execute_all()
    assert not Photo.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_removing_photos_survives(alice: Any) -> None:
    send(alice, as_file(shelf([H])))
    execute_all()
    Job.objects.all().delete()
    carts.finish(Cart.objects.get())
    assert assert_survives(tasks.remove_photos) >= 9


def test_a_photo_is_seen_by_its_owner_and_staff_alone(alice: Any, bob: Any, charlie: Any, client: Client) -> None:
    send(alice, as_file(shelf([H])))
    execute_all()
    path = f"/books/photos/{Photo.objects.get().uuid}/"
    assert client.get(path).url.startswith("/accounts/login/")
    for person, status in ((alice, 200), (bob, 404), (charlie, 200)):
        client.force_login(person)
        answer = client.get(path)
        assert answer.status_code == status
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
