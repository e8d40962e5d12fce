"""Photos of barcodes, made for a test."""

import io

import zxingcpp
from PIL import Image, ImageFilter


def barcode(digits: str, scale: int = 3, kind: str = "EAN13") -> Image.Image:
    """`scale`: pixels a module."""
    code = zxingcpp.create_barcode(digits, getattr(zxingcpp.BarcodeFormat, kind))
    drawn = memoryview(zxingcpp.write_barcode_to_image(code, scale=scale, add_hrt=True))
    return Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), drawn.tobytes())


def shelf(isbns: list[str], *, scale: int = 3, turned: float = 0, blur: float = 0, columns: int = 3) -> Image.Image:
    """Barcodes on grey, in rows of `columns`."""
    codes = [barcode(isbn, scale).rotate(turned, expand=True, fillcolor=200) for isbn in isbns]
    width, height = max(c.width for c in codes) + 40, max(c.height for c in codes) + 120
    rows = -(-len(codes) // columns)
    picture = Image.new("L", (width * min(columns, len(codes)), height * rows), 200)
    for place, code in enumerate(codes):
        picture.paste(code, (place % columns * width + 20, place // columns * height + 60))
    return picture.filter(ImageFilter.GaussianBlur(blur)) if blur else picture


def as_file(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()
