"""Two sizes of a cover, bounded in memory, or why there is none."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 25_000_000  # looked at before a pixel is unpacked
LEAST = 20  # pixels each way: Open Library sends one of a single pixel where it has no cover
TYPES = ("GIF", "JPEG", "PNG", "WEBP")
SMALL, LARGE = (240, 360), (600, 900)  # twice what lists and the book's page show
QUALITY = 72

NO_IMAGE = "This is not a picture that can be read. Send a JPEG, PNG or WebP."
TOO_LARGE = "This picture has too many pixels. Send one of at most 25 megapixels."
TOO_SMALL = f"This picture is too small for a cover. Send one of at least {LEAST} by {LEAST} pixels."


class NoCover(Exception):
    """It is no cover; says why, as one sentence to whoever sent it."""


@dataclass(frozen=True)
class Pictures:
    small: bytes
    large: bytes


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Image.Image]:
    """Its head alone is read. Raises NoCover, also for what is found in it within."""
    try:
        with Image.open(file, formats=TYPES) as image:
            if image.width * image.height > MOST_PIXELS:
                raise NoCover(TOO_LARGE)
            if min(image.size) < LEAST:
                raise NoCover(TOO_SMALL)
            yield image
    except Image.DecompressionBombError:
        raise NoCover(TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise NoCover(NO_IMAGE) from None


def make(content: bytes) -> Pictures:
    """Both as WebP, upright. Raises NoCover."""
    with opened(io.BytesIO(content)) as image:
        image.draft("RGB", LARGE)
        picture = ImageOps.exif_transpose(image).convert("RGBA" if image.mode in ("RGBA", "LA", "P") else "RGB")
    if picture.mode == "RGBA":  # what is transparent would be black
        page = Image.new("RGB", picture.size, "white")
        page.paste(picture, mask=picture.getchannel("A"))
        picture = page
    return Pictures(*(_sized(picture, size) for size in (SMALL, LARGE)))


def _sized(picture: Image.Image, size: tuple[int, int]) -> bytes:
    copy = picture.copy()
    copy.thumbnail(size)
    out = io.BytesIO()
    copy.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
