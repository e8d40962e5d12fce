"""MARC21, as ISO 2709 and as XML, with Koha's items: one field 952 a copy.

Names stand as the desk has them, and no marks of ISBD stand between the parts (leader 18 is c): so what is read back is
what was written.
"""

import re
from xml.etree import ElementTree

from pymarc import Field, Indicators, Record, Subfield
from pymarc.marcxml import record_to_xml_node

from task.books.exports import records
from task.books.exports.formats.writer import Writer
from task.books.models import Book
from task.books.years import year_of

LEADER = "00000nam a2200000 c 4500"  # a printed book, in UTF-8
LONGEST_RECORD, LONGEST_FIELD = 99_999, 9_999  # bytes: ISO 2709 writes lengths with five digits, and with four
MOST_ITEMS = 1_000
# Controls end fields in ISO 2709; these and the last two are in no XML.
UNFIT = re.compile("[\x00-\x1f\x7f\ufffe\uffff]+")
ARTICLE = re.compile(r"(?:the|a|an) (?=\S)", re.IGNORECASE)
NAMESPACE = "http://www.loc.gov/MARC21/slim"


def one_line(text: str) -> str:
    return UNFIT.sub(" ", text).strip()


def field(tag: str, first: str, second: str, *subfields: tuple[str, str]) -> Field:
    some = [Subfield(code, text) for code, value in subfields if (text := one_line(value))]
    return Field(tag, Indicators(first, second), some)


def control(tag: str, data: str) -> Field:
    return Field(tag, data=data)


def marc_of(record: records.Record) -> Record | None:
    """None without a title, which no record of MARC21 can be."""
    book = record.book
    if not one_line(book.title):
        return None
    year = year_of(book.publish_date)
    fields = [
        control("001", book.number),
        control("005", f"{book.created:%Y%m%d%H%M%S}.0"),
        control("008", f"{book.created:%y%m%d}{'s' if year else 'n'}{year or 'uuuu'}    xx {' ' * 17}und d"),
        field("020", " ", " ", ("a", book.isbn or "")),
        field("245", "1" if record.authors else "0", articles(book), ("a", book.title), ("b", book.subtitle)),
        field("250", " ", " ", ("a", book.edition_note)),
        field("264", " ", "1", *(("b", each) for each in book.publishers), ("c", book.publish_date)),
        field("300", " ", " ", ("a", f"{book.pages} pages" if book.pages else "")),
        field("490", "0", " ", ("a", book.series), ("v", book.series_number)),
        field("546", " ", " ", ("a", book.language)),
        *(field("590", " ", " ", ("a", line)) for line in book.note.splitlines()),
        *(field("600", indicator(name), "4", ("a", name)) for name in record.people),
        *(field("650", " ", "4", ("a", name)) for name in record.subjects),
        field("856", "4", "2", ("3", "Cover image"), ("u", record.cover_url)) if record.cover_url else None,
        *items(record),
    ]
    for place, name in enumerate(record.authors):
        fields.append(field("700" if place else "100", indicator(name), " ", ("a", name), ("4", "aut")))
    made = Record(leader=LEADER)
    kept = [each for each in fields if each and (each.data or each.subfields)]
    made.fields = sorted(kept, key=lambda each: str(each.tag))
    return made


def indicator(name: str) -> str:
    """Whether a name begins with the family's."""
    return "1" if "," in name else "0"


def articles(book: Book) -> str:
    """How many letters a catalogue leaves out when it sorts."""
    found = ARTICLE.match(book.title) if book.language in ("", "English") else None
    return str(len(found[0])) if found else "0"


def items(record: records.Record) -> list[Field]:
    place = str(record.book.location or "")
    count = min(record.book.copies_owned, MOST_ITEMS)
    return [field("952", " ", " ", ("c", place), ("t", str(number))) for number in range(1, count + 1)]


class Iso2709(Writer):
    def book(self, record: records.Record) -> bytes:
        made = marc_of(record)
        if made is None or any(len(each.as_marc("utf-8")) > LONGEST_FIELD for each in made.fields):
            return b""
        written = bytes(made.as_marc())
        return written if len(written) <= LONGEST_RECORD else b""


class MarcXml(Writer):
    def head(self) -> bytes:
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="{NAMESPACE}">\n'.encode()

    def book(self, record: records.Record) -> bytes:
        made = marc_of(record)
        if made is None:
            return b""
        return bytes(ElementTree.tostring(record_to_xml_node(made), "utf-8")) + b"\n"  # type: ignore[no-untyped-call]

    def end(self) -> bytes:
        return b"</collection>\n"
