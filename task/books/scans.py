"""What a look-up is told about its books."""

from collections.abc import Sequence
from typing import Any


def arguments_of(new: Sequence[str]) -> dict[str, Any]:
    """Of the look-up of these ISBNs."""
    return {"count": len(new), **({"isbn": new[0]} if len(new) == 1 else {})}
