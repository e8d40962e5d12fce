"""A cover for every book, drawn from its words: one book always looks the same."""

from hashlib import sha256
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from task.face.drawing.lettering import clean, fit, is_right_to_left, shorten, width
from task.face.drawing.pictures import PICTURES, Picture

WIDE, HIGH, MARGIN = 200, 300, 16
TRACKING = -0.018
STANDS = (100, 94, 89)  # per cent of the place on a shelf, so that a row breathes


class Palette(NamedTuple):
    paper: str
    ink: str  # at least 5 : 1 on paper
    one: str
    two: str


PALETTES = (
    Palette("#d9e4e0", "#14302c", "#2e7f76", "#8ab5ae"),
    Palette("#efe3cd", "#4a1414", "#b23a26", "#dc9b7a"),
    Palette("#33274f", "#efe8fb", "#b89be6", "#6a58a3"),
    Palette("#f4c8c0", "#3a0d14", "#c0392b", "#7d1c2a"),
    Palette("#b5442a", "#fff4ea", "#2d1410", "#f2a78c"),
    Palette("#5a1a2c", "#fbe6e8", "#db6f8c", "#93384f"),
    Palette("#e5b23f", "#2a1a05", "#8b4a12", "#fde6ae"),
    Palette("#2b2b2b", "#f4efe2", "#f2bf4b", "#878c80"),
    Palette("#dfe2f2", "#1a1f4d", "#4858c4", "#a9b2e6"),
    Palette("#1e2a55", "#eef2fb", "#7fa6e0", "#e8c468"),
    Palette("#bcd6c1", "#12352a", "#256b4f", "#f3f5ec"),
    Palette("#11507f", "#eaf4fb", "#7fc0ea", "#f2bf4b"),
    Palette("#f1eee4", "#1c1c1c", "#d0402c", "#8a8578"),
    Palette("#1f4a3f", "#eef6ee", "#8ccfae", "#e2b35a"),
)


def measures(isbn: str, digest: bytes) -> list[int]:
    """Ten figures from 0 to 9: the last digits of the ISBN, filled up from the words."""
    digits = [int(letter) for letter in isbn if letter in "0123456789"][-10:]
    return digits + [byte % 10 for byte in digest[-(10 - len(digits)) :]] if len(digits) < 10 else digits


def cover(title: object, author: object, isbn: object) -> SafeString:
    """An <svg> of 200 × 300. Hidden from readers: title and author stand beside it as text."""
    words, by, number = clean(title), clean(author), clean(isbn, 40)
    if not words:
        return blank(number)
    digest = sha256(f"{words}{by}".encode()).digest()
    palette = PALETTES[digest[0] % len(PALETTES)]
    picture = PICTURES[digest[1] % len(PICTURES)]
    return draw(words, by, number, palette, picture, STANDS[digest[2] % len(STANDS)])


def draw(words: str, by: str, number: str, palette: Palette, picture: Picture, stand: int) -> SafeString:
    digest = sha256(f"{words}{by}".encode()).digest()
    lettering, end = _lettering(words, by, palette)
    mirrored = is_right_to_left(words)
    top = max(end + 20, 110)
    drawn = picture(measures(number, digest), HIGH - top, palette.one, palette.two, palette.ink, palette.paper)
    if mirrored:
        drawn = f'<g transform="matrix(-1 0 0 1 {WIDE} 0)">{drawn}</g>'
    return mark_safe(  # noqa: S308  (figures, our own colours and escaped words)
        f'<svg class="cover cover-{stand}" viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true" focusable="false">'
        f'<path fill="{palette.paper}" d="M0 0h{WIDE}v{HIGH}H0z"/>'
        f'<svg y="{top:g}" width="{WIDE}" height="{HIGH - top:g}">{drawn}</svg>{lettering}'
        f'<path fill="#000" fill-opacity=".16" d="M{WIDE - 5 if mirrored else 0} 0h5v{HIGH}h-5z"/>'
        f'<path fill="none" stroke="#000" stroke-opacity=".14" d="M.5.5h{WIDE - 1}v{HIGH - 1}H.5z"/></svg>'
    )


def _lettering(title: str, author: str, palette: Palette) -> tuple[str, float]:
    """Title and author as <text>, and where they end."""
    room = WIDE - 2 * MARGIN
    size, lines = fit(title, range(32, 16, -1), room, 4, TRACKING)
    baseline = MARGIN + size * 0.86
    texts = [_text(line, baseline + n * size * 1.08, size, 620, palette.ink) for n, line in enumerate(lines)]
    end = baseline + (len(lines) - 1) * size * 1.08
    if author:
        small = 15 if width(author, 15) <= room else 12.5
        end += small + 8
        texts.append(_text(shorten(author, small, room), end, small, 500, palette.ink))
    return "".join(texts), end


def _text(line: str, y: float, size: float, weight: int, ink: str) -> str:
    mirrored = is_right_to_left(line)
    x = WIDE - MARGIN if mirrored else MARGIN
    direction = ' direction="rtl"' if mirrored else ""
    spacing = f' letter-spacing="{size * TRACKING:.2f}"' if weight > 600 and line.isascii() else ""
    return (
        f'<text x="{x}" y="{y:.1f}" font-size="{size:g}" font-weight="{weight}" fill="{ink}"{direction}{spacing}>'
        f"{escape(line)}</text>"
    )


def blank(isbn: str) -> SafeString:
    """No title yet: a dashed sheet with the strokes of the ISBN."""
    place, strokes = 40, ""
    for n, digit in enumerate(measures(isbn, sha256(isbn.encode()).digest()) * 2):
        thick = 2 + (digit + n) % 4
        strokes += f"M{place} 60h{thick}v180h-{thick}z"
        place += thick + 2 + digit % 3
    return mark_safe(  # noqa: S308  (figures only)
        f'<svg class="cover cover-blank cover-94" viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true" focusable="false">'
        f'<path fill="currentColor" fill-opacity=".12" d="M0 0h{WIDE}v{HIGH}H0z"/>'
        f'<path fill="currentColor" d="{strokes}"/><path fill="none" stroke="currentColor" stroke-width="4" '
        f'stroke-dasharray="12 8" d="M2 2h{WIDE - 4}v{HIGH - 4}H2z"/></svg>'
    )
