"""An ISBN in its groups, as books have it printed: 978 0 345 41891 3."""

from functools import lru_cache

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from stdnum import isbn


def groups(text: object) -> SafeString:
    """The groups are apart by CSS alone, so that what is copied, searched and read by machines has the digits alone.

    Any other text stays as it is, escaped.
    """
    words = str(text if text is not None else "")
    parts = _parts(words) if len(words) == 13 and words.isascii() and words.isdigit() else ()
    if not parts:
        return conditional_escape(words)
    return mark_safe(f'<span class="grouped">{"".join(f"<span>{part}</span>" for part in parts)}</span>')  # noqa: S308


@lru_cache(maxsize=4096)
def _parts(digits: str) -> tuple[str, ...]:
    """Prefix, group, publisher, book and check digit; () where the ranges of no agency have it."""
    parts = tuple(isbn.split(digits)) if digits.startswith(("978", "979")) else ()
    return parts if len(parts) == 5 and all(parts) else ()
