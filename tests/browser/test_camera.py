"""The scan page's camera, with a film in place of a phone's, and its photos."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from task.books.carts.models import Scan
from tests.books.conftest import isbns
from tests.books.pictures import as_file, barcode, shelf
from tests.browser.conftest import ARGUMENTS, Visit
from tests.services_needed import chromium

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
FRAMES = 24  # of each barcode: 0.8 s


def film(path: Path, wanted: list[str]) -> None:
    """JPEG after JPEG, which Chromium plays 30 a second: the barcodes one by one, then nothing for long."""

    def frame(isbn: str = "") -> bytes:
        picture = Image.new("L", (640, 480), 170)
        if isbn:
            picture.paste(barcode(isbn, 3), (150, 150))
        return as_file(picture, quality=80)

    path.write_bytes(b"".join(frame(isbn) * FRAMES for isbn in wanted) + frame() * 900)


@pytest.fixture(scope="module")
def browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a camera."""
    path = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    film(path, isbns(5))
    shown = f"--use-file-for-fake-video-capture={path}"
    found = browser.browser_type.launch(executable_path=chromium(), args=[*ARGUMENTS, *CAMERA, shown])
    yield found
    found.close()


def test_five_books_before_the_camera_are_five_rows_without_a_click(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    page.get_by_role("button", name="Start camera").click()
    expect(page.locator("#camera .eye-says")).to_be_visible()
    expect(page.locator("#scan-rows > li")).to_have_count(4)  # and the fifth on the plate
    expect(page.locator("#camera .eye-says")).to_have_text("Hold the barcode level in the frame")
    picture, plate = (page.locator(part).bounding_box() for part in (".eye:visible", "#scan-plate"))
    assert picture
    assert plate
    assert plate["x"] > picture["x"] + picture["width"], "What was read is seen beside the picture."
    page.get_by_role("button", name="Stop camera").click()
    expect(page.get_by_role("button", name="Start camera")).to_be_focused()
    rows = Scan.objects.order_by("at", "id")
    assert [(row.text, row.effect, row.way) for row in rows] == [(isbn, "brought", "camera") for isbn in isbns(5)]
    assert visitor.wrong == []


def test_on_a_phone_the_camera_has_its_buttons_at_the_thumb(visit: Visit) -> None:
    visitor = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = visitor.open("/books/scan/")
    page.get_by_role("button", name="Start camera").click()
    expect(page.locator("#scan-rows > li:visible")).to_have_count(4)
    box = page.get_by_label("Scan, type or paste ISBNs")
    expect(box).to_be_hidden()
    for part in (".eye:visible", "#scan-plate", "#camera-stop", "#scan-sound"):
        expect(page.locator(part)).to_be_in_viewport(ratio=0.99)
    page.locator("#camera-undo").click()
    expect(page.locator("#scan-plate")).to_contain_text("Undone")
    expect(page.locator("#camera-undo")).to_be_hidden()
    page.get_by_role("button", name="Type").click()
    expect(box).to_be_focused()
    expect(page.locator(".eye:visible")).to_have_count(0)
    assert visitor.wrong == []


def test_a_page_that_may_not_use_the_camera_is_told_so(visit: Visit, browser: Browser) -> None:
    visitor = visit()
    page = visitor.page
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); }"
    )
    page = visitor.open("/books/scan/")
    page.get_by_role("button", name="Start camera").click()
    expect(page.get_by_role("heading", name="The camera is blocked for this page")).to_be_visible()
    expect(page.get_by_role("link", name="Take a photo instead")).to_be_visible()
    assert visitor.wrong == []


def test_photos_are_sent_from_the_scan_page(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    page.locator("summary", has_text="of one barcode or a whole shelf").click()
    photos = [
        {"name": "shelf.jpg", "mimeType": "image/jpeg", "buffer": as_file(shelf(isbns(2)))},
        {"name": "other.png", "mimeType": "image/png", "buffer": as_file(shelf(isbns(3)), "PNG")},
    ]
    page.get_by_label("Choose photos").set_input_files(photos)  # type: ignore[arg-type]
    page.get_by_role("button", name="Send photos").click()
    expect(page.get_by_text("Reading 2 photos.")).to_be_visible()
    page.locator("summary", has_text="of one barcode or a whole shelf").click()
    page.get_by_label("Choose photos").set_input_files(
        [{"name": "list.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}]
    )
    page.get_by_role("button", name="Send photos").click()
    expect(page.get_by_text("list.pdf is not a photo. Send a JPEG, PNG or WebP.")).to_be_visible()
    assert visitor.wrong == []


def test_no_other_page_may_use_the_camera(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    policy = page.goto(visitor.address + "/books/").headers["permissions-policy"]  # type: ignore[union-attr]
    assert "camera=()" in policy
    answer = page.goto(visitor.address + "/books/scan/")
    assert answer is not None
    assert "camera=(self)" in answer.headers["permissions-policy"]
    assert "'wasm-unsafe-eval'" in answer.headers["content-security-policy"]
