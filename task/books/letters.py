"""A to Z over a sorted list: which initials there are, and where each begins. It jumps, and does not filter.

Letters of other scripts stand behind z by their code points: one entry a script, named by one of its letters.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model
from django.http import QueryDict

from task.books.facets.panel import address
from task.books.models.filing import LAST
from task.kit.lists import key_of

SCRIPTS = (
    ("Ø", "{"), ("Ω", "\u0370"), ("Я", "\u0400"), ("Ա", "\u0530"), ("א", "\u0590"), ("ا", "\u0600"), ("अ", "\u0900"),
    ("ก", "\u0e00"), ("ა", "\u10a0"), ("…", "\u1200"), ("あ", "\u3040"), ("字", "\u3130"),
    ("가", "\uac00"), ("…", "\ud7b0"),
)  # fmt: skip
# Each initial's label and the first key that it may have; it ends where the next one begins.
STARTS = (("0–9", "0"), *((letter.upper(), letter) for letter in "abcdefghijklmnopqrstuvwxyz"), *SCRIPTS)
KEYS = tuple(start for _, start in STARTS)
ENDS = (*KEYS[1:], LAST)
ALWAYS = 27  # figures and A to Z are shown, whether there are such or not


@dataclass(frozen=True)
class Letter:
    label: str
    url: str  # "" where nothing begins so
    is_here: bool


def initial_of(key: str) -> str:
    """The label under which a key stands; "" for none."""
    place = place_of(key)
    return STARTS[place][0] if place >= 0 else ""


def place_of(key: str) -> int:
    return bisect_right(KEYS, key) - 1 if key < LAST else -1


def letters(there: Collection[int], ordering: tuple[str, ...], here: str, params: QueryDict) -> list[Letter]:
    """`there`: the places of the initials that exist; `here`: the key of the first row of this page."""
    empty = ["" for _ in ordering[1:-1]] + [0]
    now = place_of(here)
    return [
        Letter(label, address(params, {"after": key_of([start, *empty])}) if place in there else "", place == now)
        for place, (label, start) in enumerate(STARTS)
        if place in there or place < ALWAYS
    ]


def among(keys: Iterable[str]) -> set[int]:
    return {place_of(key) for key in keys}


def in_table(model: type[Model], column: str, condition: str = "") -> set[int]:
    """One look into the column's index an initial, in one query. `condition`: of a partial index."""
    quote = connection.ops.quote_name
    name = quote(column)
    one = f"EXISTS(SELECT 1 FROM {quote(model._meta.db_table)} WHERE {name} >= %s AND {name} < %s{condition})"  # noqa: S608
    bounds: list[Any] = [bound for (_, start), end in zip(STARTS, ENDS, strict=True) for bound in (start, end)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([one] * len(STARTS))}", bounds)
        return {place for place, found in enumerate(cursor.fetchone()) if found}
