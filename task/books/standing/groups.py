"""What the group of an ISBN tells the staff: where it is from, and which source for such books is not asked."""

from django.utils.text import get_text_list
from stdnum import numdb

from task.books.sources import SOURCES, in_order

# Of the groups of a language, the catalogues that are made where it is spoken, by their keys.
CATALOGUES = {
    "978-0": ("loc",),
    "978-1": ("loc",),
    "978-2": ("bnf",),
    "978-3": ("k10plus", "dnb"),
    "979-10": ("bnf",),
}


def group_of(isbn: str) -> tuple[str, str]:
    """The group of an ISBN-13, as "978-3", and what it is called; "" where the list of them has none."""
    parts = numdb.get("isbn").info(isbn)
    if len(parts) < 2 or not (name := parts[1][1].get("agency")):
        return "", ""
    return f"{parts[0][0]}-{parts[1][0]}", str(name)


def hint_of(isbn: str) -> str:
    group, name = group_of(isbn)
    if not group:
        return ""
    fit = CATALOGUES.get(group, ())
    asked = {source.key for source in in_order()} if fit else set()
    out = [SOURCES[key].name for key in fit if key not in asked]
    hint = f"{group}: {name}."
    if not out:
        return hint
    verbs = ("catalogues", "is") if len(out) == 1 else ("catalogue", "are")
    return f"{hint} {get_text_list(out, 'and')}, which {verbs[0]} such books, {verbs[1]} not asked."
