"""The ISBNs in a photo: of one barcode, or of a whole shelf.

Figures were measured with zxing-cpp 3.1: it reads barcodes that are turned up to 28 degrees, from 2 pixels a module on,
and now and then a false one in a code that is turned further, so that only 978 and 979 count.
"""

import io
from dataclasses import dataclass
from typing import Any

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000  # a phone's largest has 50 million; an image bomb more
WIDEST = 4000  # pixels that are read; a shelf of twenty barcodes needs about 3,000
SMALL = 400
TYPES = {"JPEG", "PNG", "WEBP"}
HEIC = (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif")

NO_IMAGE = "This is not a photo that can be read. Send a JPEG, PNG or WebP."
NO_HEIC = "HEIC photos can't be read. Send a JPEG: on an iPhone, choose “Most Compatible” in Settings, Camera, Formats."
TOO_LARGE = "This photo has too many pixels. Send one of at most 50 megapixels."
NO_BARCODE = "No barcode of a book in this photo. Hold the camera level and closer, or type the number."
OTHER_CODE = "The barcode in this photo is not a book's: {}. An ISBN begins with 978 or 979."


@dataclass(frozen=True)
class Read:
    """What a photo has: its ISBNs as one reads a page, or a sentence why there are none; and a small picture of it."""

    isbns: tuple[str, ...] = ()
    fault: str = ""
    small: bytes = b""


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC


def read(content: bytes) -> Read:
    """Bounded in memory by MOST_PIXELS, which is looked at before a pixel is unpacked."""
    if is_heic(content[:12]):
        return Read(fault=NO_HEIC)
    try:
        with Image.open(io.BytesIO(content), formats=sorted(TYPES)) as image:
            if image.width * image.height > MOST_PIXELS:
                return Read(fault=TOO_LARGE)
            image.draft("L", (WIDEST, WIDEST))
            picture = ImageOps.exif_transpose(image)
            picture.thumbnail((WIDEST, WIDEST))
            grey = picture.convert("L")
            small = small_of(picture)
    except Image.DecompressionBombError:
        return Read(fault=TOO_LARGE)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return Read(fault=NO_IMAGE)
    isbns, others = codes_in(grey)
    if isbns:
        return Read(isbns, small=small)
    return Read(fault=OTHER_CODE.format(others[0][:40]) if others else NO_BARCODE, small=small)


def codes_in(grey: Image.Image) -> tuple[tuple[str, ...], list[str]]:
    """The ISBNs, from top to bottom and left to right, each once; and what other codes there are."""
    found = zxingcpp.read_barcodes(grey)
    books = [code for code in found if is_book(code)]
    if not books:  # held across: what is turned by 30 to 60 degrees is not read
        found = [*found, *zxingcpp.read_barcodes(grey.rotate(45, expand=True, fillcolor=255))]
        books = [code for code in found if is_book(code)]
    books.sort(key=lambda code: (code.position.top_left.y // 100, code.position.top_left.x))
    others = [str(code.text) for code in found if not is_book(code) and code.text]
    return tuple(dict.fromkeys(str(code.text)[:13] for code in books)), others


def is_book(code: Any) -> bool:
    text = str(code.text)
    return bool(
        code.valid
        and code.format == zxingcpp.BarcodeFormat.EAN13
        and text.startswith(("978", "979"))
        and not text.startswith("9790")  # music
    )


def small_of(picture: Image.Image) -> bytes:
    copy = picture.convert("RGB")
    copy.thumbnail((SMALL, SMALL))
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=70)
    return out.getvalue()
