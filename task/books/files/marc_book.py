"""What a MARC record says of its book: MARC21, and UNIMARC as French libraries have it."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from task.books.files.marc import Marc

Pairs = list[tuple[str, str]]
AUTHOR = {"aut", "070"}  # the code of who wrote it
MOST_NAMES, NAME, TEXT = 200, 300, 2_000  # names of a kind, their characters, and those of a text
# Controls, and what stands around an article that a catalogue does not sort by.
UNSEEN = re.compile("[\x00-\x1f\x7f]")
NOT_SORTED = re.compile("[\u0088\u0089\u0098\u009c\u00ac]")
FULL_STOP = re.compile(r"(?<=\w\w\w)\.$")
YEAR = re.compile(r"(?<!\d)(?:1[4-9]|20)\d\d(?!\d)")
LOCAL = re.compile(r"L\d{1,9}")
LANGUAGE = re.compile(r"(?!In )[^\W\d_]+(?: [^\W\d_]+)?")


def isbns_of(record: Marc) -> list[str]:
    tag = "010" if is_unimarc(record) else "020"
    return list(texts(record.fields.get(tag, ()), "a", marks=False))


def is_unimarc(record: Marc) -> bool:
    return "200" in record.fields and "245" not in record.fields


def book_of(record: Marc) -> dict[str, Any]:
    """As a row of a desk's own table has it (`own.record_of`), without what is empty."""
    found = unimarc(record) if is_unimarc(record) else marc21(record)
    items = record.fields.get("952", ())
    if items:  # as Koha has them, one a copy
        found |= {"copies": len(items), "location": next(texts(items, "c", marks=False), "")}
    return {name: cut(value) for name, value in found.items() if value}


def cut(value: Any) -> Any:
    """As much as a book can have of it."""
    if isinstance(value, list):
        return [each[:NAME] for each in value]
    return value[:TEXT] if isinstance(value, str) else value


def marc21(record: Marc) -> dict[str, Any]:
    fields, marks = record.fields, record.leader[18:19] not in ("c", "n")  # of ISBD, between the parts

    def all_of(tag: str, codes: str = "a") -> list[str]:
        return list(texts(fields.get(tag, ()), codes, marks=marks))

    def first(tag: str, codes: str = "a") -> str:
        return next(iter(all_of(tag, codes)), "")

    made = [pairs for pairs in fields.get("264", ()) if any(code in "bc" for code, _ in pairs)] or fields.get("260", [])
    main = [*fields.get("100", ()), *fields.get("110", ())]
    others = [pairs for tag in ("700", "710") for pairs in fields.get(tag, ()) if wrote(pairs)]
    number, cover = first("001", ""), next((pairs for pairs in fields.get("856", ()) if is_cover(pairs)), [])
    year = first("008", "")[7:11]
    return {
        "number": number if LOCAL.fullmatch(number) else "",
        "title": joined(fields.get("245", ()), "anp", marks),
        "subtitle": first("245", "b"),
        "authors": names([*main, *others], marks),
        "people": names(fields.get("600", ()), marks),
        "subjects": each_once(subjects(fields, marks)),
        "publishers": each_once(texts(made, "b", marks=marks)),
        "publish_date": next(texts(made, "c", marks=marks), "") or (year if YEAR.fullmatch(year) else ""),
        "language": next(filter(LANGUAGE.fullmatch, all_of("546")), ""),
        "pages": first("300"),
        "series": first("490") or first("830"),
        "series_number": first("490", "v") or first("830", "v"),
        "edition_note": first("250"),
        "note": "\n".join(texts(fields.get("590", ()), "a", marks=False)),
        "cover_url": value_of("u", cover),
    }


def unimarc(record: Marc) -> dict[str, Any]:
    fields = record.fields
    made = fields.get("214") or fields.get("210") or []

    def first(tag: str, code: str) -> str:
        return next(texts(fields.get(tag, ()), code, marks=False), "")

    def people(*several: list[Pairs]) -> list[str]:
        both = ((value_of("a", pairs), value_of("b", pairs)) for some in several for pairs in some)
        return each_once(clean(", ".join(filter(None, each))) for each in both)

    return {
        "title": first("200", "a"),
        "subtitle": first("200", "e"),
        "authors": people(fields.get("700", []), [pairs for pairs in fields.get("701", ()) if wrote(pairs)]),
        "people": people(fields.get("600", [])),
        "subjects": each_once(headings(fields.get("606", ()), False)),
        "publishers": each_once(texts(made, "c", marks=False)),
        "publish_date": first("214", "d") or first("210", "d"),
        "pages": first("215", "a"),
        "series": first("225", "a"),
        "series_number": first("225", "v"),
        "edition_note": first("205", "a"),
    }


def texts(fields: Iterable[Pairs], codes: str, *, marks: bool) -> Any:
    """The texts of these subfields in their order; with "" those of control fields."""
    for pairs in fields:
        for code, text in pairs:
            if (code in codes if code else not codes) and (tidy := clean(text, marks)):
                yield tidy


def clean(text: str, marks: bool = False) -> str:
    """In one form of Unicode, without signs for sorting; `marks`: without those of ISBD at its end, and brackets."""
    text = " ".join(unicodedata.normalize("NFC", NOT_SORTED.sub("", UNSEEN.sub(" ", text))).split())
    if marks:
        text = FULL_STOP.sub("", text.rstrip(" /:;,="))
        text = text.removesuffix("]").removeprefix("[") if text.count("[") + text.count("]") == 1 else text
    return text


def joined(fields: Iterable[Pairs], codes: str, marks: bool) -> str:
    """A title with its parts: "Faust. Part one"."""
    return ". ".join(texts(list(fields)[:1], codes, marks=marks))


def value_of(code: str, pairs: Pairs) -> str:
    return next((text for each, text in pairs if each == code), "")


def wrote(pairs: Pairs) -> bool:
    """Whether who is named beside the first wrote it, too: by the code, else nobody says that they did otherwise."""
    roles = {text.strip().lower()[:3] for code, text in pairs if code == "4"}
    return bool(roles & AUTHOR) if roles else not value_of("e", pairs)


def names(fields: Iterable[Pairs], marks: bool) -> list[str]:
    """ "Carson, Rachel, 1907-1964." is Carson, Rachel; initials keep their full stop."""
    return each_once(clean(value_of("a", pairs), marks).rstrip(", ") for pairs in fields)


def is_cover(pairs: Pairs) -> bool:
    return value_of("3", pairs) == "Cover image"


def subjects(fields: dict[str, list[Pairs]], marks: bool) -> list[str]:
    """Topics and places with what divides them; what publishers write for machines is left out."""
    found = [text for tag in ("650", "651", "689") for text in headings(fields.get(tag, ()), marks)]
    words = headings(fields.get("653", ()), marks)
    return found + [text for text in words if not text.startswith("(") and ": " not in text]


def headings(fields: Iterable[Pairs], marks: bool) -> list[str]:
    return [" -- ".join(clean(text, marks) for code, text in pairs if code in ("a", "x", "y", "z")) for pairs in fields]


def each_once(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, found)))[:MOST_NAMES]
