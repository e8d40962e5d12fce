"""The six drawings of a cover. Each fills 200 × `high` units with two shapes' colours, by ten figures from 0 to 9."""

from collections.abc import Callable

Picture = Callable[[list[int], float, str, str, str, str], str]
WIDE = 200


def strokes(figures: list[int], high: float, one: str, two: str, ink: str, paper: str) -> str:
    """A barcode seen from near: spines on the lower edge."""
    widths = [8 + figure * 2 for figure in figures]
    scale = (WIDE - 32 - 3 * 9) / sum(widths)
    place, paths = 16.0, {one: "", two: ""}
    for n, figure in enumerate(figures):
        tall = high * (0.3 + 0.7 * ((figure * 7 + n * 3) % 10) / 9)
        across = widths[n] * scale
        paths[two if (figure + n) % 3 == 0 else one] += (
            f"M{place:.1f} {high - tall:.1f}h{across:.1f}V{high:.1f}h-{across:.1f}z"
        )
        place += across + 3
    return "".join(f'<path fill="{colour}" d="{path}"/>' for colour, path in paths.items())


def arcs(figures: list[int], high: float, one: str, two: str, ink: str, paper: str) -> str:
    """Rings around the lower corner at the spine."""
    radius, drawn = min(high, WIDE - 4.0), ""
    for n, colour in enumerate((one, paper, two, paper, one, paper, two)):
        drawn += f'<circle cy="{high:.1f}" r="{radius:.1f}" fill="{colour}"/>'
        radius -= 9 + figures[n] * 2.2
        if radius < 8:
            break
    return drawn


def strata(figures: list[int], high: float, one: str, two: str, ink: str, paper: str) -> str:
    """Layers of a landscape."""
    drawn = ""
    for n, colour in enumerate((one, two, ink, one, two)):
        top = high * (0.06 + 0.19 * n)
        swing = (figures[n] - 4.5) * 2.6
        drawn += (
            f'<path fill="{colour}" d="M0 {top + swing:.1f}C50 {top - swing - 6:.1f} 70 {top - swing:.1f} 110 {top:.1f}'
            f'S170 {top + swing + 8:.1f} 200 {top + swing / 2:.1f}V{high:.1f}H0z"/>'
        )
    return drawn


def dots(figures: list[int], high: float, one: str, two: str, ink: str, paper: str) -> str:
    rows = max(1, min(4, int(high // 46)))
    drawn = ""
    for n in range(rows * 4):
        figure = figures[(n * 3 + n // 4) % 10]
        x, y = 34 + n % 4 * 44, high * (n // 4 + 0.5) / rows
        drawn += f'<circle cx="{x}" cy="{y:.1f}" r="{3 + figure * 1.7:.1f}" fill="{one if (figure + n) % 2 else two}"/>'
    return drawn


def tiles(figures: list[int], high: float, one: str, two: str, ink: str, paper: str) -> str:
    """Quarter circles that meet and miss one another."""
    corners = ("M{l} {t}h50a50 50 0 0 1-50 50z", "M{r} {t}v50a50 50 0 0 1-50-50z")
    more = ("M{r} {b}h-50a50 50 0 0 1 50-50z", "M{l} {b}v-50a50 50 0 0 1 50 50z")
    rows, drawn = max(1, min(3, int(high // 50))), ""
    for n in range(rows * 4):
        figure = figures[(n * 7 + n // 4) % 10]
        left, top = n % 4 * 50, high - 50 * (rows - n // 4)
        box = {"l": left, "t": f"{top:.1f}", "r": left + 50, "b": f"{top + 50:.1f}"}
        ground = (two, paper, one)[(figure + n) % 3]
        shape = one if ground != one else two
        path = (corners + more)[figure % 4].format(**box)
        drawn += f'<path fill="{ground}" d="M{left} {top:.1f}h50v50h-50z"/><path fill="{shape}" d="{path}"/>'
    return drawn


def moon(figures: list[int], high: float, one: str, two: str, ink: str, paper: str) -> str:
    radius = min(64.0, high * 0.42)
    x, y = 70 + figures[0] * 6, high / 2
    shift = radius * (0.3 + figures[1] / 20)
    return (
        f'<circle cx="{x}" cy="{y:.1f}" r="{radius:.1f}" fill="{one}"/>'
        f'<circle cx="{x + shift:.1f}" cy="{y - radius * 0.14:.1f}" r="{radius * 0.86:.1f}" fill="{paper}"/>'
    )


PICTURES: tuple[Picture, ...] = (strokes, arcs, strata, dots, tiles, moon)
