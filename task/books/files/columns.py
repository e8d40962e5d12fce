"""Which column of a table holds what: by the headings of the programs people come from, else by what is in it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from task.books.isbn import compact, to_isbn13

ISBN_13 = ("isbn13", "eanisbn13", "editionisbn13", "isbn13ean", "ean13", "ean", "isbnean", "gtin13")
ISBN = (
    "isbn", "isbnuid", "isbns", "020a", "020", "isbnnumber", "isbnissn", "isbnasin", "bookisbn", "primaryisbn",
    "isbnnummer", "numeroisbn", "codeisbn", "codigoisbn", "isbneannummer", "isbnean13", "010a", "isbn1013",
)  # fmt: skip
ISBN_10 = ("isbn10", "upcisbn10", "editionisbn10", "asinisbn10", "isbn10asin")
LESS_SURE = ("gtin", "barcode", "upc", "identifiers", "identifier", "strichcode", "codebarres", "codigodebarras")
HEADINGS = {  # as `key` makes them, the surest first
    "title": (
        "title", "booktitle", "worktitle", "editiontitle", "workslabels", "245a", "245", "200a", "titel", "titre",
        "titulo", "titolo", "name", "titledescription", "cim", "tytul", "nazev", "naslov", "buchtitel",
    ),
    "authors": (
        "authors", "author", "creators", "authortext", "primaryauthor", "authorslabels", "100a", "100", "700a",
        "authornames", "bookauthor", "authorlf", "authorlastfirst", "autor", "autoren", "verfasser", "auteur",
        "auteurs", "autores", "autore", "autori", "creator", "szerzo", "forfatter", "forfattare",
    ),
    "year": (
        "yearpublished", "publicationyear", "year", "publishdate", "publisheddate", "datepublished", "publicationdate",
        "pubdate", "date", "260c", "264c", "editionpublicationdate", "originalpublicationyear", "copyrightdate",
        "published", "jahr", "erscheinungsjahr", "annee", "anneedepublication", "datedepublication", "ano", "anno",
    ),
    "copies": (
        "copies", "numberofcopies", "copycount", "quantity", "qty", "ownedcopies", "noofcopies", "exemplare", "anzahl",
        "exemplaires", "nombredexemplaires", "ejemplares", "exemplares", "copie", "stuckzahl", "menge", "cantidad",
        "quantite",
    ),
    "location": (
        "location", "physicallocation", "shelflocation", "shelvinglocation", "952c", "standort", "regal", "stellplatz",
        "emplacement", "localisation", "ubicacion", "localizacao", "collocazione", "room", "bookcase", "shelfnumber",
    ),
}  # fmt: skip
ROWS_LOOKED_AT = 200
MOSTLY = 0.5  # of what is in a column


@dataclass(frozen=True)
class Columns:
    """What the desk needs, each as the place of its column from 0.

    One more goes here and into `HEADINGS`, `reading.Row` and `reading.row_of`, `forms.COLUMNS`, `api.ReadRequest`,
    `models.UploadRow` and `tasks.row_of`; `adding` makes of it what it is for.
    """

    isbn: int | None = None
    other_isbn: int | None = None  # read where the first has none, or a bad one
    title: int | None = None
    authors: int | None = None
    year: int | None = None
    copies: int | None = None
    location: int | None = None

    @property
    def count(self) -> int:
        return sum(getattr(self, each.name) is not None for each in fields(self))


def key(heading: str) -> str:
    """A heading without its spelling: "ISBN/UID", "isbn_uid" and "Isbn UID" are one."""
    letters = unicodedata.normalize("NFKD", heading[:100]).lower()
    return re.sub(r"[^a-z0-9]", "", letters)


def by_headings(headings: Sequence[str]) -> Columns:
    """The columns that these headings name."""
    keys = [key(heading) for heading in headings]

    def place(names: Sequence[str]) -> int | None:
        return next((keys.index(name) for name in names if name in keys), None)

    isbns = [keys.index(name) for name in (*ISBN_13, *ISBN, *ISBN_10, *LESS_SURE) if name in keys]
    isbns = list(dict.fromkeys(isbns))
    found = {role: place(names) for role, names in HEADINGS.items()}
    return Columns(*isbns[:1], *isbns[1:2], **found) if len(isbns) > 1 else Columns(*isbns[:1], **found)


def is_sure(heading: str) -> bool:
    """Whether a heading says ISBN, and not something that may be a library's own number."""
    return key(heading) in (*ISBN_13, *ISBN, *ISBN_10)


def heading_at(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows has the headings: the first that names an ISBN, or two things that are known."""
    for place, row in enumerate(rows):
        columns = by_headings(row)
        if (columns.isbn is not None or columns.count >= 2) and not any(holds_isbn(cell) for cell in row[:50]):
            return place
    return None


def holds_isbn(cell: str) -> bool:
    return sum(c.isdigit() for c in cell[:200]) >= 9 and to_isbn13(cell[:200]) is not None


def shares(rows: Sequence[Sequence[str]]) -> dict[int, tuple[float, int]]:
    """Of each column the share of its cells that hold an ISBN, and how many do."""
    filled: dict[int, int] = {}
    good: dict[int, int] = {}
    for row in rows[:ROWS_LOOKED_AT]:
        for place, cell in enumerate(row[:100]):
            if compact(cell[:200]):
                filled[place] = filled.get(place, 0) + 1
                good[place] = good.get(place, 0) + holds_isbn(cell)
    return {place: (good[place] / count, good[place]) for place, count in filled.items()}


def by_contents(rows: Sequence[Sequence[str]]) -> list[int]:
    """The columns that mostly hold ISBNs, the surest first."""
    found = {place: share for place, share in shares(rows).items() if share[0] >= MOSTLY and share[1]}
    return sorted(found, key=lambda place: (-round(found[place][0], 1), -found[place][1], place))


def choose_isbn_columns(columns: Columns, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    """The columns of ISBNs by what is in them, where headings name none, or one that may be another number's."""
    found_in = shares(rows)
    other = columns.other_isbn
    if other is not None and not is_sure(headings[other]) and not found_in.get(other, (0.0, 0))[1]:
        columns = replace(columns, other_isbn=None)
    if columns.isbn is not None:
        share, _ = found_in.get(columns.isbn, (0.0, 0))
        if share >= MOSTLY or is_sure(headings[columns.isbn]):
            return columns
    found = [*by_contents(rows), None, None]
    return replace(columns, isbn=found[0], other_isbn=found[1])
