"""CSV: a row a book, which spreadsheets open and the desk's own import reads back without a difference."""

import csv
from io import StringIO

from task.books.exports.formats.writer import Writer
from task.books.exports.records import Record
from task.books.files.own import HEADINGS
from task.kit.spreadsheets import escape_formula

BOM = "\ufeff".encode()  # without it Excel garbles every other script


class Table(Writer):
    def head(self) -> bytes:
        return BOM + line(HEADINGS)

    def book(self, record: Record) -> bytes:
        book = record.book
        cells = {
            "isbn": book.isbn or "",
            "number": "" if book.isbn else book.number,
            "title": book.title,
            "subtitle": book.subtitle,
            "authors": record.authors,
            "people": record.people,
            "subjects": record.subjects,
            "publishers": book.publishers,
            "publish_date": book.publish_date,
            "language": book.language,
            "pages": book.pages or "",
            "series": book.series,
            "series_number": book.series_number,
            "edition_note": book.edition_note,
            "note": book.note,
            "room": record.room,
            "shelf": record.shelf,
            "copies": book.copies_owned,
            "cover_url": record.cover_url,
        }
        return line([written(cells[name]) for name in HEADINGS])


def written(value: object) -> str:
    """Several names stand one a line."""
    return escape_formula("\n".join(map(str, value)) if isinstance(value, list) else str(value))


def line(cells: "list[str] | tuple[str, ...]") -> bytes:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode("utf-8", "replace")
