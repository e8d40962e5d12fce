"""How books are written into a file: bytes that go one behind the other: a head, the books, an end."""

from task.books.exports.formats.marc import Iso2709, MarcXml
from task.books.exports.formats.references import BibTex, Ris
from task.books.exports.formats.table import Table
from task.books.exports.formats.writer import Writer
from task.books.exports.models import Format

WRITERS: dict[str, Writer] = {
    Format.CSV: Table(),
    Format.MARC: Iso2709(),
    Format.MARCXML: MarcXml(),
    Format.BIBTEX: BibTex(),
    Format.RIS: Ris(),
}
WORDS = {  # what each is for
    Format.CSV: "For spreadsheets, and to bring the books into another desk: nothing is lost on the way.",
    Format.MARC: "For Koha and other library systems. Each copy is an item (952).",
    Format.MARCXML: "The same as XML, also for records that are too long for MARC21.",
    Format.BIBTEX: "For LaTeX, Zotero and JabRef.",
    Format.RIS: "For EndNote, Mendeley and Zotero.",
}
