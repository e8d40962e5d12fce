"""Small pictures of figures: the last 24 hours, and a code as the barcode of its digits."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from task.face.drawing.strokes import whole

HOURS, PITCH, HIGH = 24, 16, 60

# Seven modules a digit, as in the left half of an EAN: 1 is a dark one.
MODULES = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)


def hours(counts: object) -> SafeString:
    """24 strokes on a base line, the oldest first; the last one, this hour, is lit. For readers: the sum."""
    given = list(counts)[-HOURS:] if isinstance(counts, Iterable) and not isinstance(counts, str) else []
    figures = [whole(count) for count in given]
    figures = [0] * (HOURS - len(figures)) + figures
    most = max(figures) or 1
    paths = []
    for n, figure in enumerate(figures):
        tall = max(2.0, (HIGH - 4) * figure / most)
        paths.append(f"M{n * PITCH} {HIGH - 3 - tall:.1f}h12v{tall:.1f}h-12z")
    return format_html(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{} in the last 24 hours">'
        '<path d="{}"/><path class="now" d="{}"/><path class="base" d="M0 {}h{}v2H0z"/></svg>',
        HOURS * PITCH - 4,
        HIGH,
        f"{sum(figures):,}",
        "".join(paths[:-1]),
        paths[-1],
        HIGH - 2,
        HOURS * PITCH - 4,
    )


def barcode(code: object) -> SafeString:
    """The digits of `code` as strokes, with themselves under it."""
    digits = [letter for letter in str(code or "") if letter in "0123456789"][:20] or ["0"]
    modules = "101" + "01".join(MODULES[int(digit)] for digit in digits) + "101"
    path = "".join(f"M{n * 8} 0h8v120h-8z" for n, module in enumerate(modules) if module == "1")
    wide = len(modules) * 8
    return format_html(
        '<svg class="error-code" viewBox="0 0 {} 160" aria-hidden="true" focusable="false"><path d="{}"/>'
        '<text x="{}" y="152" text-anchor="middle" font-size="28" font-weight="600" letter-spacing="14">{}</text>'
        "</svg>",
        wide,
        mark_safe(path),  # noqa: S308  (figures only)
        wide // 2 + 7,  # half of the letter spacing, which also follows the last digit
        "".join(digits),
    )
