"""Icons on a grid of 16, drawn with currentColor so that every theme and forced colours work."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# Markup inside the <svg>. Lines are stroked; `class="fill"` is filled.
SHAPES: dict[str, str] = {
    "waiting": '<circle cx="8" cy="8" r="5.6" stroke-dasharray="2.2 2.2"/>',
    "running": '<path d="M3 6.5v3M6.3 3v10M9.7 5v6M13 6.5v3"/>',
    "done": '<path d="M3 8.4l3.3 3.4L13 4.6"/>',
    "failed": '<path class="fill" fill-rule="evenodd" d="M8 1.8l6.8 12.2H1.2zM7.3 6v4h1.4V6zm0 5.2v1.5h1.4v-1.5z"/>',
    "cancelled": '<circle cx="8" cy="8" r="5.6"/><path d="M4.1 11.9l7.8-7.8"/>',
    "here": '<path d="M5.5 5.5h8v8h-8z"/><path d="M10.5 5.3V2.5h-8v8h2.8"/>',
    "tray": '<path d="M8 2v8.4M4.4 7L8 10.6 11.6 7M2.4 13.6h11.2"/>',
    "undo": '<path d="M6 2.8L2.6 6.2 6 9.6M2.8 6.2h6.4a3.6 3.6 0 010 7.2H6"/>',
    "pin": (
        '<path d="M8 14.4C5 11 3.4 8.7 3.4 6.4a4.6 4.6 0 019.2 0C12.6 8.7 11 11 8 14.4z"/>'
        '<circle cx="8" cy="6.4" r="1.6"/>'
    ),
    "pencil": '<path d="M2.6 13.4l.7-3.2 7.4-7.4 2.5 2.5-7.4 7.4zM9.2 4.3l2.5 2.5"/>',
    "lock": '<path d="M3.5 7h9v7h-9z"/><path d="M5.3 7V5a2.7 2.7 0 015.4 0v2"/>',
    "unlock": '<path d="M3.5 7h9v7h-9z"/><path d="M5.3 7V4.6a2.7 2.7 0 015.3-.7"/>',
    "minus": '<path d="M2.5 8h11"/>',
    "print": '<path d="M4.4 5.6V1.9h7.2v3.7M4.4 11.4H1.9V5.6h12.2v5.8h-2.5M4.4 9.2h7.2v4.9H4.4z"/>',
    "keys": '<path d="M1.6 4h12.8v8H1.6zM4 6.6h.01M6.6 6.6h.01M9.4 6.6h.01M12 6.6h.01M5 9.6h6"/>',
    "lens": '<circle cx="7" cy="7" r="4.6"/><path d="M10.5 10.5l3.7 3.7"/>',
    "filter": '<path d="M2 4h12M4.5 8h7M6.8 12h2.4"/>',
    "grid": '<path d="M2.5 2.5h4.2v4.2H2.5zM9.3 2.5h4.2v4.2H9.3zM2.5 9.3h4.2v4.2H2.5zM9.3 9.3h4.2v4.2H9.3z"/>',
    "list": '<path d="M2 4h12M2 8h12M2 12h12"/>',
    "cross": '<path d="M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8"/>',
    "plus": '<path d="M8 2.5v11M2.5 8h11"/>',
    "up": '<path d="M3.5 10L8 5.6 12.5 10"/>',
    "down": '<path d="M3.5 6L8 10.4 12.5 6"/>',
    "right": '<path d="M6 3.5L10.4 8 6 12.5"/>',
    "menu": '<path d="M2 5.3h12M2 10.7h12"/>',
    "next": '<path d="M2.5 8h11M9 3.5L13.5 8 9 12.5"/>',
    "previous": '<path d="M13.5 8h-11M7 3.5L2.5 8 7 12.5"/>',
    "first": '<path d="M3 3v10M13.5 8H6M9.5 4.5L6 8l3.5 3.5"/>',
    "last": '<path d="M13 3v10M2.5 8H10M6.5 4.5L10 8l-3.5 3.5"/>',
    "theme": (
        '<circle cx="8" cy="8" r="2.9"/><path d="M8 1v1.8M8 13.2V15M1 8h1.8M13.2 8H15'
        'M3.05 3.05l1.3 1.3M11.65 11.65l1.3 1.3M12.95 3.05l-1.3 1.3M4.35 11.65l-1.3 1.3"/>'
    ),
    "moon": '<path d="M13.2 9.8A5.6 5.6 0 016.2 2.8a5.6 5.6 0 107 7z"/>',
    "system": '<path d="M1.8 3h12.4v8H1.8zM5.5 13.8h5M8 11v2.8"/>',
    "scan": (
        '<path d="M1.8 5V2.5h3M11.2 2.5h3V5M14.2 11v2.5h-3M4.8 13.5h-3V11'
        'M4.6 5.4v5.2M7 5.4v5.2M9 5.4v5.2M11.4 5.4v5.2"/>'
    ),
    "order": '<path d="M2.2 4.6L8 1.8l5.8 2.8v6.8L8 14.2l-5.8-2.8zM2.2 4.6L8 7.4l5.8-2.8M8 7.4v6.8"/>',
    "light": '<path d="M5.2 1.8h5.6v2.6l-1.4 2V14H6.6V6.4l-1.4-2zM5.2 4.4h5.6M8 8.2v1.6"/>',
    "pause": '<path d="M5.5 3.5v9M10.5 3.5v9"/>',
    "stop": '<path class="fill" d="M3.4 3.4h9.2v9.2H3.4z"/>',
    "camera": '<path d="M1.8 4.5h3l1-1.7h4.4l1 1.7h3v8.7H1.8z"/><circle cx="8" cy="8.6" r="2.3"/>',
    "file": '<path d="M3.5 1.8h5.7L12.5 5v9.2h-9zM9 1.8V5.2h3.5"/>',
    "sound": '<path d="M2 6h2.4L8 3v10L4.4 10H2zM10.4 5.8a3 3 0 010 4.4M12.4 3.8a6 6 0 010 8.4"/>',
    "mute": '<path d="M2 6h2.4L8 3v10L4.4 10H2zM10.5 6l4 4M14.5 6l-4 4"/>',
    "form": '<path d="M2.8 1.8h10.4v12.4H2.8zM5 5h6M5 8h6M8.6 11.2H11"/>',
    "row": '<path d="M1.8 2.8h12.4v10.4H1.8zM1.8 6.2h12.4M1.8 9.8h12.4M6 2.8v10.4"/>',
    "bell": '<path d="M8 1.6v1.2M2.4 12h11.2c-1.2-1.2-1.6-2.4-1.6-5a4 4 0 00-8 0c0 2.6-.4 3.8-1.6 5zM6.6 14.3h2.8"/>',
    "books": '<path d="M1.2 14h13.6M2.8 14V5h2.4v9M5.2 14V2.4h2.6v11.6M10 5.1l2-.6 2.6 9.1M10 5.1l2.5 8.7"/>',
    "lost": '<path d="M3 2v3.6M3 7.6v1.2M3 10.8V14M8 2v2.2M8 6.4v3.2M8 11.8V14M13 2v3.6M13 7.6v1.2M13 10.8V14"/>',
    "person": '<circle cx="8" cy="5" r="2.9"/><path d="M2.4 14.2c.6-3.3 2.8-4.9 5.6-4.9s5 1.6 5.6 4.9"/>',
    "retry": '<path d="M13.2 8a5.2 5.2 0 11-1.6-3.8M13.4 1.8v3.4H10"/>',
    "sort": '<path d="M4.5 3v10M2 10.5L4.5 13 7 10.5M11.5 13V3M9 5.5L11.5 3 14 5.5"/>',
}


def icon(name: object) -> SafeString:
    """The icon called `name`, hidden from readers (a word stands beside it); nothing when there is none."""
    shape = SHAPES.get(str(name))
    if shape is None:
        return SafeString("")
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(shape),  # noqa: S308  (our own constant)
    )


def mark() -> SafeString:
    """Three upright spines and one leaning, lit, on a base line."""
    return mark_safe(
        '<svg class="mark-sign" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">'
        '<path d="M4 27.4h25v2.2H4zM5.6 8h3.6v17.6H5.6zM11 4h4.4v21.6H11zM17.2 9.4h2.4v16.2h-2.4z"/>'
        '<path class="lit" d="M20.6 7.4l3.1-.8 4.6 18.3-3.1.8z"/></svg>'
    )
