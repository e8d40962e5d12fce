"""One stroke a decade: how many books of each there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

PITCH, WIDTH, HEIGHT, LEAST = 11, 7, 30, 2
MOST = 18  # strokes: the newest decades


@dataclass(frozen=True)
class Decades:
    svg: SafeString
    first: int
    last: int


def decades(counts: Mapping[int, int]) -> Decades | None:
    """None for fewer than two decades: there is nothing to compare."""
    known = sorted(year for year, count in counts.items() if count > 0)
    if len(known) < 2:
        return None
    last = known[-1]
    first = max(known[0], last - 10 * (MOST - 1))
    years = range(first, last + 1, 10)
    most = max(counts.get(year, 0) for year in years)
    paths = []
    for place, year in enumerate(years):
        if count := counts.get(year, 0):
            height = max(LEAST, round(HEIGHT * count / most))
            paths.append(f'<path d="M{place * PITCH} {HEIGHT - height}h{WIDTH}v{height}h-{WIDTH}z"/>')
    width = (len(years) - 1) * PITCH + WIDTH
    svg = format_html(
        '<svg class="facet-strokes" viewBox="0 0 {} 32" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false">{}<path class="base" d="M0 30.8h{}v1.2H0z"/></svg>',
        width,
        mark_safe("".join(paths)),  # noqa: S308  (whole numbers)
        width,
    )
    return Decades(svg, first, last)
