"""How large a request says that it is."""

from collections.abc import Mapping
from typing import Any


def content_length(meta: Mapping[str, Any]) -> int | None:
    """In bytes, 0 where nothing is said; None for what is no number. Of a long number its first 18 digits do."""
    length = str(meta.get("CONTENT_LENGTH") or "0")
    return int(length[:18]) if length.isdecimal() else None
