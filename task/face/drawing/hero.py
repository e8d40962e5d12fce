"""The idea in one picture: strokes become spines, spines become covers. Drawn once, for the page of strangers."""

from functools import cache

from django.utils.safestring import SafeString, mark_safe

from task.face.drawing.counts import MODULES
from task.face.drawing.covers import cover

# (width, height, cloth, band, lettering, title)
SPINES = (
    (9, 156, "#efe3cd", "", "", ""),
    (14, 183, "#f4f1e6", "", "", ""),
    (12, 178, "#d9e4e0", "", "", ""),
    (21, 213, "#e5b23f", "#8b4a12", "", ""),
    (20, 186, "#dfe2f2", "", "", ""),
    (24, 222, "#b5442a", "#2d1410", "#fff4ea", "Beloved"),
    (24, 211, "#1e2a55", "#7fa6e0", "#eef2fb", "The Stranger"),
    (30, 236, "#5a1a2c", "#db6f8c", "#fbe6e8", "Life of Pi"),
    (30, 228, "#33274f", "#b89be6", "#efe8fb", "The Hobbit"),
    (34, 265, "#11507f", "#7fc0ea", "#eaf4fb", "The Bell Jar"),
    (30, 237, "#f4c8c0", "#c0392b", "#3a0d14", "Mrs. Dalloway"),
    (40, 274, "#f1eee4", "#d0402c", "#1c1c1c", "Invisible Man"),
)
COVERS = (
    (158, "The Name of the Rose", "Umberto Eco", "9780156001311"),
    (196, "Beloved", "Toni Morrison", "9781400033416"),
    (236, "Fantastic Mr Fox", "Roald Dahl", "9780140328721"),
)
HIGH = 356


def strokes(digits: str, wide: float) -> tuple[str, float]:
    """A real barcode, its guards longer, that ends where the spines begin."""
    modules = "101" + "".join(MODULES[int(digit)] for digit in digits) + "101"
    path, x = "", 0.0
    for n, module in enumerate(modules):
        tall = 166 if n < 3 or n > len(modules) - 4 or n in (45, 47) else 150
        if module == "1":
            path += f"M{x:.1f} {HIGH - tall}h{wide}v{tall}h-{wide}z"
        x += wide
    return f'<path fill="#f4f7f1" d="{path}"/>', x


def spine(x: float, wide: int, high: int, cloth: str, band: str, lettering: str, title: str) -> str:
    top = HIGH - high
    drawn = f'<path fill="{cloth}" d="M{x:.1f} {top}h{wide}v{high}h-{wide}z"/>'
    if band:
        drawn += (
            f'<path fill="{band}" d="M{x:.1f} {top + 14}h{wide}v4h-{wide}zM{x:.1f} {HIGH - 24}h{wide}v4h-{wide}z"/>'
        )
    if title:
        drawn += (
            f'<text transform="translate({x + wide / 2 - 5:.1f} {top + 32}) rotate(90)" font-size="15" '
            f'font-weight="500" fill="{lettering}">{title}</text>'
        )
    return drawn


@cache
def hero(small: bool = False) -> SafeString:
    """`small`: fewer spines and one cover, for a narrow screen."""
    drawn, x = strokes("978067973" if small else "978067973276", 1.9 if small else 2.15)
    x += 3
    for shape in SPINES[:5] if small else SPINES:
        drawn += spine(x, *shape)
        x += shape[0] + 1
    for wide, title, author, isbn in COVERS[:1] if small else COVERS:
        x += 11
        high = wide * 3 // 2
        drawn += cover(title, author, isbn).replace(
            "<svg ", f'<svg x="{x:.1f}" y="{HIGH - high}" width="{wide}" height="{high}" ', 1
        )
        x += wide
    style = "small-only" if small else "wide-only"
    crop = 106 if small else 0
    return mark_safe(  # noqa: S308  (our own figures and words)
        f'<svg class="hero {style}" viewBox="0 {crop} {x:.0f} {HIGH - crop}" aria-hidden="true" focusable="false">'
        f"{drawn}</svg>"
    )
