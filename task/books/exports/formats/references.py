"""BibTeX and RIS: for programs that keep references. Both are a few lines a book, without copies and locations."""

import re

from task.books.exports.formats.writer import Writer
from task.books.exports.records import Record
from task.books.years import year_of

UNFIT = re.compile(r"[\x00-\x1f\x7f\s]+")


def one_line(text: str) -> str:
    return UNFIT.sub(" ", text).strip()


# TeX counts braces also behind a backslash, so they have names here.
TEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{sign: f"\\{sign}" for sign in "%&$#_"},
}  # fmt: skip
TO_TEX = str.maketrans(TEX)
IN_TWO = re.compile(r"\band\b|,.*,", re.IGNORECASE)  # what BibTeX would take for two names, or for none


class BibTex(Writer):
    def book(self, record: Record) -> bytes:
        book = record.book
        if not one_line(book.title):
            return b""
        values = {
            "author": several(record.authors),
            "title": f"{{{tex(book.title)}}}",  # twice in braces: its capitals stay
            "subtitle": tex(book.subtitle),
            "publisher": several(book.publishers),
            "year": tex(year_of(book.publish_date) or book.publish_date),
            "edition": tex(book.edition_note),
            "series": tex(book.series),
            "number": tex(book.series_number),
            "isbn": book.isbn or "",
            "pagetotal": str(book.pages or ""),
            "language": tex(book.language),
            "keywords": ", ".join(tex(name).replace(",", ";") for name in [*record.subjects, *record.people]),
            "note": tex(book.note),
        }
        lines = [f"  {name} = {{{value}}},\n" for name, value in values.items() if value not in ("", "{}")]
        return f"@book{{{'isbn' if book.isbn else ''}{book.number},\n{''.join(lines)}}}\n\n".encode("utf-8", "replace")


def tex(text: str) -> str:
    return one_line(text).translate(TO_TEX)


def several(names: list[str]) -> str:
    return " and ".join(f"{{{tex(name)}}}" if IN_TWO.search(name) else tex(name) for name in names)


class Ris(Writer):
    def book(self, record: Record) -> bytes:
        book = record.book
        if not one_line(book.title):
            return b""
        lines = [
            ("TY", "BOOK"),
            ("ID", book.number),
            ("TI", f"{book.title}: {book.subtitle}" if book.subtitle else book.title),
            *(("AU", name.replace("*", " ")) for name in record.authors),
            ("PY", year_of(book.publish_date) or book.publish_date),
            *(("PB", name) for name in book.publishers),
            ("ET", book.edition_note),
            ("T3", book.series),
            ("M1", book.series_number),
            ("SN", book.isbn or ""),
            ("SP", str(book.pages or "")),
            ("LA", book.language),
            *(("KW", name.replace("*", " ")) for name in [*record.subjects, *record.people]),
            ("N1", book.note),
        ]
        written = [f"{tag}  - {text}\r\n" for tag, value in lines if (text := one_line(value))]
        return f"{''.join(written)}ER  - \r\n\r\n".encode("utf-8", "replace")
