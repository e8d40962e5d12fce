"""The bar of strokes: what is made stands up, what is to come is paler, a lost worker stays red for ever."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from task.face.drawing.states import style_of
from task.kit.progress import share

PITCH, WIDTH = 10, 6.6
# size: (strokes, strokes on a small screen, height)
SIZES = {"table": (32, 32, 12), "list": (50, 50, 16), "job": (100, 50, 56)}


def whole(value: object) -> int:
    """A count from anything: None, text, a negative or an endless number are 0."""
    try:
        return max(0, int(value))  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        return 0


def stroke(place: int, top: float, height: float) -> str:
    return f"M{place * PITCH} {top:g}h{WIDTH}v{height:g}h-{WIDTH}z"


def stub_row(count: int, height: int) -> str:
    return f'<path class="stub" d="{"".join(stroke(n, height - 6, 6) for n in range(count))}"/>'


def outlines(places: Iterable[int], height: int) -> str:
    boxes = "".join(f"M{n * PITCH + 0.6:g} .6h{WIDTH - 1.2:g}v{height - 1.2:g}h-{WIDTH - 1.2:g}z" for n in places)
    return f'<path class="outline" d="{boxes}"/>'


def bar(kind: str, done: int, total: int, count: int, height: int, seams: set[int]) -> str:
    """The inside of one <svg> with `count` strokes."""
    made = share(done, total, count)
    if kind == "waiting" and not made:
        return stub_row(count, height)
    marks = {min(count - 1, share(seam, total, count)) for seam in seams}
    single = count > 50 or height > 50  # on a job page each stroke is its own, so that a new one can rise
    paths = [stroke(n, 0, height) for n in range(made) if n not in marks]
    group = "".join(f'<path d="{path}"/>' for path in paths) if single else f'<path d="{"".join(paths)}"/>'
    drawn = f'<g class="on">{group}</g>'
    rest = [n for n in range(made, count) if n not in marks]
    if kind in ("failed", "cancelled"):
        drawn += outlines(rest, height)
    else:
        if kind == "running" and rest:
            drawn += f'<path class="next" d="{stroke(rest.pop(0), 0, height)}"/>'
        drawn += f'<path class="off" d="{"".join(stroke(n, 0, height) for n in rest)}"/>'
    reach = 14 if single else 4
    drawn += "".join(f'<path class="seam" d="{stroke(n, -reach, height + 2 * reach)}"/>' for n in sorted(marks))
    return drawn


def seam_label(done: int, total: int) -> SafeString:
    """Under the bar of a job: where its last worker was lost. Placed by an attribute, kept inside the edges."""
    place = share(done, total, 1000) / 10 if total else 0.0
    anchor = "start" if place < 16 else "end" if place > 84 else "middle"
    return format_html(
        '<svg class="seam-label" width="100%" height="24" role="presentation">'
        '<text x="{}%" y="18" text-anchor="{}">worker lost<tspan class="wide-only"> at {}</tspan>, continued</text>'
        "</svg>",
        f"{place:.1f}",
        anchor,
        f"{done:,}",
    )


def strokes(done: object, total: object, state: object, size: object, seams: object) -> SafeString:
    """Bar with a <progress> beside it for readers. Without a known total nothing is drawn: say what is counted."""
    kind = style_of(state or "running")[0]
    many, all_of_it = whole(done), whole(total)
    size = size if size in SIZES else "list"
    count, count_small, height = SIZES[str(size)]
    if not all_of_it:
        if kind != "waiting":
            return SafeString("")
        all_of_it = 1
    many = min(many, all_of_it)
    lost = {min(whole(seam), all_of_it) for seam in seams} if isinstance(seams, (list, tuple, set)) else set()
    drawings = [("", count)] if count == count_small else [(" wide-only", count), (" small-only", count_small)]
    svgs = "".join(
        f'<svg class="strokes strokes-{size}{extra}" viewBox="0 0 {n * PITCH - PITCH + WIDTH:g} {height}" '
        f'preserveAspectRatio="none" data-made="{share(many, all_of_it, n)}" aria-hidden="true" focusable="false">'
        f"{bar(kind, many, all_of_it, n, height, lost)}</svg>"
        for extra, n in drawings
    )
    label = seam_label(max(lost), all_of_it) if lost and size == "job" else SafeString("")
    return format_html(
        '<div class="strokes-box strokes-{}">{}{}<progress class="visually-hidden" max="{}" value="{}" '
        'aria-label="Progress">{} of {}</progress></div>',
        kind,
        mark_safe(svgs),  # noqa: S308  (whole numbers and our own names)
        label,
        all_of_it,
        many,
        many,
        all_of_it,
    )
