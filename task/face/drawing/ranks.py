"""How a row of figures falls off from the first to the last: strokes on a base line."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from task.face.drawing.strokes import PITCH, WIDTH, whole

MOST, HIGH = 40, 40


def ranks(points: object, unit: object = "") -> SafeString:
    """At most 40 figures, the first the largest. For readers: the first, the middle and the last of them."""
    given = list(points)[:MOST] if isinstance(points, Iterable) and not isinstance(points, str) else []
    figures = [whole(point) for point in given]
    if not figures:
        return SafeString("")
    most = max(figures) or 1
    path = ""
    for n, figure in enumerate(figures):
        tall = max(2.0, (HIGH - 2) * figure / most)
        path += f"M{n * PITCH} {HIGH - 2 - tall:.1f}h{WIDTH}v{tall:.1f}h-{WIDTH}z"
    wide = MOST * PITCH - PITCH + WIDTH
    middle = figures[len(figures) // 2]
    return format_html(
        '<svg class="ranks" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="From first to last: {}, {} in the middle, {} {}"><path d="{}"/>'
        '<path class="base" d="M0 {}h{}v2H0z"/></svg>',
        wide,
        HIGH,
        f"{figures[0]:,}",
        f"{middle:,}",
        f"{figures[-1]:,}",
        unit,
        mark_safe(path),  # noqa: S308  (figures only)
        HIGH - 2,
        wide,
    )
