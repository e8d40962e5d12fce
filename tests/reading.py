"""What people read of a piece of a page."""

import re
from html import unescape

from django.utils.html import strip_tags


def read(markup: str) -> str:
    return unescape(strip_tags(markup))


def whole(markup: str) -> str:
    """With the ISBNs in one piece whose groups stand apart."""
    return re.sub(r'<span class="grouped">(?:<span>\d+</span>)+</span>', lambda found: strip_tags(found[0]), markup)
