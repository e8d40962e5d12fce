"""Names with how many books they have, as the backs of books on a plank: the more, the taller."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from task.face.drawing.covers import PALETTES
from task.face.drawing.lettering import clean, is_right_to_left, shorten
from task.face.drawing.strokes import whole

HIGH, LOWEST, FOOT, GAP = 252, 152, 34, 3
SIZES = {"wide-only": (1120, 12), "small-only": (328, 5)}  # width, and how many at most


def spine(name: str, count: int, most: int, x: float, wide: float, tallest: int) -> str:
    tall = LOWEST + (HIGH - LOWEST) * (count / tallest) ** 0.5 if tallest else LOWEST
    top, middle = HIGH - tall, x + wide / 2
    digest = sha256(name.encode()).digest()
    palette = PALETTES[digest[0] % len(PALETTES)]
    direction = ' direction="rtl"' if is_right_to_left(name) else ""
    words = shorten(name, 16, tall - FOOT - 34)
    figure = f"{most:,}+" if count > most else f"{count:,}"
    bands = f"M{x:.1f} {top + 10:.1f}h{wide:.1f}v4h-{wide:.1f}zM{x:.1f} {HIGH - FOOT}h{wide:.1f}v3h-{wide:.1f}z"
    edge = f"M{x + 0.5:.1f} {HIGH}V{top + 0.5:.1f}h{wide - 1:.1f}V{HIGH}"
    return (
        f'<path fill="{palette.paper}" d="M{x:.1f} {top:.1f}h{wide:.1f}V{HIGH}h-{wide:.1f}z"/>'
        f'<path fill="{palette.one}" d="{bands}"/>'
        f'<text transform="translate({middle - 5.5:.1f} {(top + 14 + HIGH - FOOT) / 2:.1f}) rotate(90)" font-size="16" '
        f'font-weight="550" text-anchor="middle" fill="{palette.ink}"{direction}>{escape(words)}</text>'
        f'<text x="{middle:.1f}" y="{HIGH - 10}" font-size="15" font-weight="600" text-anchor="middle" '
        f'fill="{palette.ink}">{figure}</text><path fill="none" stroke="#000" stroke-opacity=".16" d="{edge}"/>'
    )


def spines(rows: Iterable[Any], most: object) -> SafeString:
    """`rows` with .name and .count, the biggest first. Once for wide screens and once for small ones."""
    ceiling = whole(most)
    named = [(clean(getattr(row, "name", row), 200), whole(getattr(row, "count", 0))) for row in rows]
    drawings = ""
    for css, (wide, limit) in SIZES.items():
        shown = named[:limit]
        tallest = max((count for _, count in shown), default=0)
        # Thick and thin by the name, so that it looks like a shelf and not like a chart of equal bars.
        thick = [3 + sha256(name.encode()).digest()[1] % 3 for name, _ in shown]
        room = wide - GAP * (len(shown) - 1)
        unit = min(room / max(1, sum(thick)), 26)
        x, drawn = 0.0, ""
        for (name, count), times in zip(shown, thick, strict=True):
            drawn += spine(name, count, ceiling, x, times * unit, tallest)
            x += times * unit + GAP
        drawings += (
            f'<svg class="spines {css}" viewBox="0 0 {wide} {HIGH}" aria-hidden="true" focusable="false">{drawn}</svg>'
        )
    return mark_safe(drawings)  # noqa: S308  (figures, our own colours and escaped words)
