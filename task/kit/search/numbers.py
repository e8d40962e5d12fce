"""Parts of an ISBN: kept as words that nobody types, and looked for by them."""

import re

from task.kit.search.query import Query, Term

PART = 5  # digits that are found wherever they stand
NUMBER = re.compile(r"[\d\s‐‑–-]{3,30}[xX]?", re.ASCII)


def digits_of(text: str) -> str:
    """Of what may be an ISBN, or a part of one; "" for anything else."""
    return re.sub(r"[^\dX]", "", text.upper()) if NUMBER.fullmatch(text.strip()[:40]) else ""


def spellings(isbn: str) -> list[str]:
    """The ISBN, and the one of ten digits where it has one."""
    if not isbn.startswith("978"):
        return [isbn] if isbn else []
    check = -sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), isbn[3:12], strict=True)) % 11
    return [isbn, f"{isbn[3:12]}{'X' if check == 10 else check}"]


def parts_of(number: str) -> list[str]:
    """All parts of PART digits, as words that nobody types."""
    return list(dict.fromkeys(part for spelling in spellings(number) for part in pieces_of(spelling)))


def pieces_of(digits: str) -> list[str]:
    return [f"n{digits[start : start + PART].lower()}" for start in range(len(digits) - PART + 1)]


def with_part(digits: str) -> Query:
    """What an index is asked for these digits; what has them apart is found, too."""
    return Query(tuple(Term((piece,)) for piece in pieces_of(digits)))
