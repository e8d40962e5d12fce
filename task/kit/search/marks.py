"""Where something was found, for its reader: as HTML."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from task.kit.search.hits import Hits, hits
from task.kit.search.query import Term

SHOWN, BEFORE = 120, 40  # letters of a text in a line, and of them before its first hit


def marked(text: str, terms: Iterable[Term]) -> SafeString:
    """The text as HTML, with these words marked."""
    return shown_with(text, hits(text, terms))


def cut(label: str, text: str, at: Hits) -> SafeString:
    """A line that begins shortly before the first hit."""
    start = max(0, at[0][0] - BEFORE) if len(text) > SHOWN else 0
    end = start + SHOWN
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in at if a < end]
    words = shown_with(text[start:end], inside)
    return mark_safe(f"{label}: {'…' if start else ''}{words}{'…' if end < len(text) else ''}")  # noqa: S308  (escaped)


def shown_with(text: str, at: Hits) -> SafeString:
    """The text as HTML, with its hits marked."""
    parts, last = [], 0
    for start, end in at:
        parts += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    return mark_safe("".join([*parts, escape(text[last:])]))  # noqa: S308  (each part is escaped)
