"""What people read of a piece of a page."""

from html import unescape

from django.utils.html import strip_tags


def read(markup: str) -> str:
    return unescape(strip_tags(markup))
