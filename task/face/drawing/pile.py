"""The pile: one stroke a scan, the first one left. Where there are too many, one stands for several."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# What a stroke looks like; the later ones need more of a person, and of several the last one is shown.
KINDS = ("stub", "lower", "on", "outline", "seam")
FEWEST = 33  # strokes that fill the width: three scans are no three blocks
# size: (strokes at most, those on a small screen, pitch, width of a stroke, height)
SIZES = {"cart": (100, 60, 34, 24, 48), "home": (60, 60, 34, 24, 32), "row": (60, 60, 10, 6.6, 16)}


def gathered(ranks: Sequence[int], most: int) -> list[int]:
    """At most `most` of them, each the highest of those that it stands for."""
    count = len(ranks)
    if count <= most:
        return list(ranks)
    return [max(ranks[n * count // most : (n + 1) * count // most]) for n in range(most)]


def pile(ranks: Sequence[int], of: object) -> SafeString:
    """`ranks`: the place in KINDS of each scan. For readers it is nothing: the words beside it say it all."""
    size = str(of) if of in SIZES else "row"
    most, most_small, pitch, wide, high = SIZES[size]
    fewest = most if size == "row" else FEWEST
    styles = (
        [("", most)] if min(len(ranks), most) <= most_small else [(" wide-only", most), (" small-only", most_small)]
    )
    drawn = [one(gathered(ranks, count), size + style, fewest, pitch, wide, high) for style, count in styles]
    return mark_safe("".join(drawn))  # noqa: S308  (figures and our own names)


def one(ranks: Sequence[int], shape: str, fewest: int, pitch: int, wide: float, high: int) -> SafeString:
    paths = dict.fromkeys(KINDS, "")
    for place, rank in enumerate(ranks):
        kind = KINDS[rank]
        paths[kind] += stroke(kind, place * pitch, wide, high)
    drawn = "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in paths.items() if path)
    return format_html(
        '<svg class="pile pile-{}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false">{}</svg>',
        shape,
        f"{max(len(ranks), fewest) * pitch - pitch + wide:g}",
        high,
        mark_safe(drawn),  # noqa: S308  (figures and our own names)
    )


def stroke(kind: str, x: float, wide: float, high: int) -> str:
    if kind == "outline":
        return f"M{x + 1:g} 1h{wide - 2:g}v{high - 2}h-{wide - 2:g}z"
    top = {"lower": high * 0.4, "seam": -high * 0.16, "stub": high - 6}.get(kind, 0)
    return f"M{x:g} {top:g}h{wide:g}v{high - top:g}h-{wide:g}z"
