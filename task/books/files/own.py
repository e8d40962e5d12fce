"""The desk's own CSV: what an export writes is read back without a difference, each cell as it was."""

from collections.abc import Sequence
from typing import Any

from task.kit.spreadsheets import unescape_formula

HEADINGS = (
    "isbn", "number", "title", "subtitle", "authors", "people", "subjects", "publishers", "publish_date", "language",
    "pages", "series", "series_number", "edition_note", "note", "room", "shelf", "copies", "cover_url",
)  # fmt: skip
# No other program has all of these.
SURE = frozenset({"number", "publish_date", "series_number", "edition_note"})
LISTS = ("authors", "people", "subjects", "publishers")  # one a line
NUMBERS = ("pages", "copies")


def is_own(headings: Sequence[str]) -> bool:
    """Also where somebody has deleted a column, or sorted them otherwise."""
    return SURE.issubset(headings)


def record_of(headings: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """What a row says, by the headings; without what is empty, or no number where one should be."""
    record: dict[str, Any] = {}
    for name, cell in zip(headings, cells, strict=False):
        if name in HEADINGS and (value := _read(name, unescape_formula(cell))):
            record[name] = value
    if "copies" in headings:
        record.setdefault("copies", 0)
    return record


def _read(name: str, cell: str) -> Any:
    if name in LISTS:
        return [line.strip() for line in cell.splitlines() if line.strip()]
    if name in NUMBERS:
        digits = cell.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else None
    return cell.strip()
