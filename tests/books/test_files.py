"""Files of books as other programs write them: every row is accounted for."""

import csv
import io
from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest

from task.books.files import MOST_ROWS, FileFault, Layout, Row, TooManyRows, layout_of, looks_like_table, rows
from tests.books.conftest import isbns

H, O, S, X = "9780345418913", "9780451524935", "0345391802", "843760494X"  # noqa: E741
S13 = "9780345391803"


def read(content: bytes, name: str = "books.csv", **chosen: Any) -> list[Row]:
    file = io.BytesIO(content)
    return list(rows(file, layout_of(file, name, **chosen)))


def table(headings: str, *lines: list[str], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(headings.split("|"))
    writer.writerows(lines)
    return out.getvalue().encode()


def short(row: Row) -> tuple[str, str, tuple[str, ...], str, int]:
    return row.isbn, row.title, row.authors, row.year, row.copies


GOODREADS = (
    "Book Id|Title|Author|Author l-f|Additional Authors|ISBN|ISBN13|My Rating|Average Rating|Publisher|Binding|"
    "Number of Pages|Year Published|Original Publication Year|Date Read|Date Added|Bookshelves|"
    "Bookshelves with positions|Exclusive Shelf|My Review|Spoiler|Private Notes|Read Count|Owned Copies"
)
STORYGRAPH = (
    "Title|Authors|Contributors|ISBN/UID|Format|Read Status|Date Added|Last Date Read|Dates Read|Read Count|Moods|Pace|"
    "Character- or Plot-Driven?|Strong Character Development?|Loveable Characters?|Diverse Characters?|"
    "Flawed Characters?|Star Rating|Review|Content Warnings|Content Warning Description|Tags|Owned?"
)
LIBIB = (
    "item_type|title|creators|first_name|last_name|collection|ean_isbn13|upc_isbn10|description|publisher|publish_date|"
    "group|tags|notes|price|length|number_of_discs|number_of_players|age_group|ensemble|aspect_ratio|esrb|rating|"
    "review|review_date|status|began|completed|added|copies"
)
LIBRARYTHING = (
    "Book Id|Title|Sort Character|Primary Author|Primary Author Role|Secondary Author|Secondary Author Roles|"
    "Publication|Date|Review|Rating|Comment|Private Comment|Summary|Media|Physical Description|Weight|Height|"
    "Thickness|Length|Dimensions|Page Count|LCCN|Acquired|Date Started|Date Read|Barcode|BCID|Tags|Collections|"
    "Languages|Original Languages|LC Classification|ISBN|ISBNs|Subjects|Dewey Decimal|Dewey Wording|"
    "Other Call Number|Copies|Source|Entry Date|From Where|OCLC|Work id|Lending Patron|Lending Status"
)
INVENTAIRE = (
    "Item URL|Item details|Item notes|Item visibility|Item transaction|Item created|Shelves|Edition URL|"
    "Edition ISBN-13|Edition ISBN-10|Edition title|Edition subtitle|Edition publication date|Works URLs|Works labels|"
    "Authors URLs|Authors labels"
)
KOHA = "biblionumber|245$a|100$a|020$a|260$c|952$c|952$o|952$p"
CALIBRE = (
    "author_sort|authors|comments|cover|formats|id|identifiers|isbn|languages|library_name|pubdate|publisher|rating|"
    "series|series_index|size|tags|timestamp|title|title_sort|uuid"
)
BOOKWYRM = (
    "title|author_text|remote_id|openlibrary_key|finna_key|inventaire_id|librarything_key|goodreads_key|bnf_id|viaf|"
    "wikidata|asin|aasin|isfdb|isbn_10|isbn_13|oclc_number|start_date|finish_date|stopped_date|rating|review_name|"
    "review_cw|review_content|review_published|shelf|shelf_name|shelf_date"
)
OPENREADS = (
    "title|subtitle|author|description|status|favourite|deleted|rating|pages|publication_year|isbn|olid|tags|my_review|"
    "notes|book_format|readings|date_added|date_modified"
)


def line(headings: str, **values: str) -> list[str]:
    """A row under these headings: names are theirs, with "_" for what is no letter."""
    names = ["".join(c if c.isalnum() else "_" for c in heading) for heading in headings.split("|")]
    assert set(values) <= set(names), set(values) - set(names)
    return [values.get(name, "") for name in names]


PROGRAMS = {
    "Goodreads": (
        table(
            GOODREADS,
            line(GOODREADS, Book_Id="11", Title="The Guide", Author="Douglas Adams", ISBN=f'="{S}"', ISBN13=f'="{S13}"',
                 Year_Published="1997", My_Review="Good,\n\nvery \"good\"", Owned_Copies="2"),
            line(GOODREADS, Book_Id="12", Title="1984", Author="George Orwell", ISBN='="0451524934"', ISBN13='=""',
                 Original_Publication_Year="1949", Owned_Copies="0"),
            line(GOODREADS, Book_Id="13", Title="A Kindle book", Author="Nobody", ISBN='=""', ISBN13='=""'),
        ),
        [(S13, "The Guide", ("Douglas Adams",), "1997", 2), (O, "1984", ("George Orwell",), "", 1),
         ("", "A Kindle book", ("Nobody",), "", 1)],
    ),
    "StoryGraph": (
        table(
            STORYGRAPH,
            line(STORYGRAPH, Title="Good Omens", Authors="Terry Pratchett, Neil Gaiman", ISBN_UID=H, Read_Count="1"),
            line(STORYGRAPH, Title="Online", Authors="A. B.", ISBN_UID="B0182LEHAY"),
            line(STORYGRAPH, Title="Web", Authors="C. D.", ISBN_UID="f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ),
        [(H, "Good Omens", ("Terry Pratchett", "Neil Gaiman"), "", 1), ("", "Online", ("A. B.",), "", 1),
         ("", "Web", ("C. D.",), "", 1)],
    ),
    "Libib": (
        table(
            LIBIB,
            line(LIBIB, item_type="book", title="Dune", creators="Frank Herbert", ean_isbn13=H, upc_isbn10="0345418913",
                 publish_date="1965-08-01", copies="3"),
            line(LIBIB, item_type="book", title="Old", creators="X Y", upc_isbn10=X, copies="1"),
        ),
        [(H, "Dune", ("Frank Herbert",), "1965", 3), ("9788437604947", "Old", ("X Y",), "", 1)],
    ),
    "LibraryThing": (
        table(
            LIBRARYTHING,
            line(LIBRARYTHING, Book_Id="1", Title="Dune", Primary_Author="Herbert, Frank", Date="1990", Barcode="17",
                 ISBN=f"[{S}]", ISBNs=f"{S}, {S13}", Copies="2", OCLC="12345678"),
            line(LIBRARYTHING, Book_Id="2", Title="Essays", Primary_Author="Montaigne", ISBN="[]", Copies="1"),
            delimiter="\t",
        ),
        [(S13, "Dune", ("Herbert, Frank",), "1990", 2), ("", "Essays", ("Montaigne",), "", 1)],
    ),
    "Inventaire": (
        table(
            INVENTAIRE,
            line(INVENTAIRE, Item_URL="https://inventaire.io/items/1", Edition_ISBN_13="978-0-345-41891-3",
                 Edition_ISBN_10="0-345-41891-3", Edition_title="Dune", Works_labels="Dune",
                 Authors_labels="Frank Herbert", Edition_publication_date="1965"),
            line(INVENTAIRE, Item_URL="https://inventaire.io/items/2", Works_labels="Without", Authors_labels="Me Too"),
        ),
        [(H, "Dune", ("Frank Herbert",), "1965", 1), ("", "", ("Me Too",), "", 1)],
    ),
    "Koha": (
        table(
            KOHA,
            ["1", "Dune /", "Herbert, Frank.", f"{H} (pbk.) : $12.99", "c1990.", "MAIN", "813 HER", "39999000012345"],
            ["2", "1984 /", "Orwell, George.", f"{O} (v. 1) | 0451524934", "[1949]", "MAIN", "823 ORW", "39999012346"],
            delimiter=";",
        ),
        [(H, "Dune /", ("Herbert, Frank.",), "1990", 1), (O, "1984 /", ("Orwell, George.",), "1949", 1)],
    ),
    "Calibre": (
        table(
            CALIBRE,
            line(CALIBRE, authors="Terry Pratchett & Neil Gaiman", title="Good Omens", isbn=H,
                 identifiers=f"goodreads:12067,isbn:{H}", pubdate="1990-05-01T00:00:00+00:00", size="1714557600"),
            line(CALIBRE, authors="Unknown", title="Notes", isbn="", identifiers=f"mobi-asin:B000FC1PWA,isbn:{O}"),
        ),
        [(H, "Good Omens", ("Terry Pratchett", "Neil Gaiman"), "1990", 1), (O, "Notes", ("Unknown",), "", 1)],
    ),
    "BookWyrm": (
        table(
            BOOKWYRM,
            line(BOOKWYRM, title="Dune", author_text="Frank Herbert", isbn_10="0345418913", isbn_13=H, shelf="read"),
            line(BOOKWYRM, title="Guide", author_text="Douglas Adams", isbn_10=S, isbn_13="9780345391809"),
            line(BOOKWYRM, title="None", author_text="N. N.", asin="B000FC1PWA"),
        ),
        [(H, "Dune", ("Frank Herbert",), "", 1), (S13, "Guide", ("Douglas Adams",), "", 1),
         ("", "None", ("N. N.",), "", 1)],
    ),
    "Openreads": (
        table(
            OPENREADS,
            line(OPENREADS, title="Dune", author="Frank Herbert", publication_year="1965", isbn=H, olid="OL26320A",
                 tags="a|||||b", date_added="2024-05-01T10:22:33.000"),
            line(OPENREADS, title="No number", author="N. N.", publication_year="1999", isbn=""),
        ),
        [(H, "Dune", ("Frank Herbert",), "1965", 1), ("", "No number", ("N. N.",), "1999", 1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_exports_of_nine_programs(program: str) -> None:
    content, expected = PROGRAMS[program]
    assert [short(row) for row in read(content)] == expected


def goodreads(count: int, without: int) -> bytes:
    lines = []
    for place, isbn in enumerate(isbns(count, start=1)):
        number = "" if place % count < without else isbn
        lines.append(
            line(GOODREADS, Title=f"Book {place}", Author="Ann Lee", ISBN='=""', ISBN13=f'="{number}"',
                 Owned_Copies="0", My_Review="One line,\nand another\n" if place % 7 == 0 else "")
        )  # fmt: skip
    return table(GOODREADS, *lines)


def test_of_a_large_export_every_row_is_accounted_for() -> None:
    found = read(goodreads(1451, without=293), "goodreads_library_export.csv")
    assert Counter(row.kind for row in found) == {"isbn": 1158, "without": 293}
    assert [row.number for row in found] == list(range(2, 1453))
    assert all(row.title for row in found if row.kind == "without")


ROWS = f"{H};Dune\r\n{O};1984\r\n"


@pytest.mark.parametrize(
    ("content", "heading_row"),
    [
        (f"ISBN;Title\r\n{ROWS}".encode(), 1),
        (f"sep=;\r\nISBN;Title\r\n{ROWS}".encode(), 2),
        (f'"sep=;"\r\nISBN;Title\r\n{ROWS}'.encode(), 2),
        (f"Our library\r\n\r\nISBN;Title\r\n{ROWS}".encode(), 3),
        (f"Our library;\r\nas of 2024-05-01;\r\nTitle;ISBN\r\nDune;{H}\r\n1984;{O}\r\n".encode(), 3),
        (ROWS.encode(), 0),
        (f"Number;Name of it\r\n{ROWS}".encode(), 1),
        (f"\ufeffISBN;Title\n{ROWS}".encode(), 1),
        (f"ISBN\tTitle\r{ROWS}".replace(";", "\t").replace("\r\n", "\r").encode(), 1),
        (f"ISBN|Title\n{ROWS}".replace(";", "|").encode(), 1),
        (f"ISBN;Titel;Preis\n{H};Dune;12,99\n{O};1984;9,50\n".encode(), 1),
        (f"ISBN;Title\n{ROWS}".encode("utf-16"), 1),
        (f"ISBN;Title\n{ROWS}".encode("utf-16-le"), 1),
        (f"ISBN;Title\n{ROWS}".encode("utf-16-be"), 1),
        (f"ISBN;Title\n\n\n{ROWS}\n;;\n".encode(), 1),
        (f"\0ISBN;Title\n{ROWS}".encode(), 1),
    ],
)
def test_a_table_is_found_however_it_is_written(content: bytes, heading_row: int) -> None:
    file = io.BytesIO(content)
    layout = layout_of(file, "books.csv")
    assert layout.heading_row == heading_row
    assert [row.isbn for row in rows(file, layout)] == [H, O]
    if heading_row and layout.columns.title is not None:
        assert [row.title for row in rows(file, layout)] == ["Dune", "1984"]


@pytest.mark.parametrize(
    "content",
    [
        f'Title,ISBN\n"two\nlines",{H}\n,{O}\n',
        f"Title,ISBN\nA,{H}\n\nB,{O},more\n",
        f'"Title","ISBN13"\n"A, B","=""{H}"""\n"C","=""{O}"""',
    ],
)
def test_odd_rows_of_a_table_are_read(content: str) -> None:
    assert [row.isbn for row in read(content.encode())] == [H, O]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_titles_are_read_in_their_encoding(encoding: str) -> None:
    text = f"ISBN,Title,Auteur\n{H},L'été à Königsberg,Zoë Müller\n{O},Très façade,André Gómez\n"
    found = read(text.encode(encoding))
    assert [(row.title, row.authors) for row in found] == [
        ("L'été à Königsberg", ("Zoë Müller",)), ("Très façade", ("André Gómez",)),
    ]  # fmt: skip


def test_another_encoding_delimiter_or_column_can_be_chosen() -> None:
    content = f"ISBN;Название\n{H};Дюна\n".encode("cp1251")
    (row,) = read(content, encoding="cp1251")
    assert (row.title, row.isbn) == ("", H)
    layout = layout_of(io.BytesIO(content), "books.csv", encoding="cp1251")
    assert layout.headings == ("ISBN", "Название")
    assert layout_of(io.BytesIO(content), "books.csv", delimiter=",").columns.isbn != 1
    with pytest.raises(FileFault, match="can't be read in that encoding"):
        layout_of(io.BytesIO(content), "books.csv", encoding="rot13")


def test_without_a_known_heading_the_column_that_mostly_holds_isbns() -> None:
    content = "\n".join(f"{1714557600 + n},{n:04},{isbn},{'x' if n % 3 else ''}" for n, isbn in enumerate(isbns(40, 1)))
    layout = layout_of(io.BytesIO(content.encode()), "stock.csv")
    assert (layout.columns.isbn, layout.heading_row, layout.question) == (2, 0, "")
    assert sum(row.kind == "isbn" for row in read(content.encode())) == 40


def test_a_scanner_counts_in_a_column_without_a_heading() -> None:
    assert [(row.isbn, row.copies) for row in read(f"{H},2\n{O},1\n{S13},12\n".encode())] == [(H, 2), (O, 1), (S13, 12)]
    assert [(row.isbn, row.copies) for row in read(f"{H};1\n{O};2\n{S13};3\n".encode())] == [(H, 1), (O, 1), (S13, 1)]


def test_a_barcode_of_the_library_is_no_isbn() -> None:
    content = "barcode,title,code\n" + "\n".join(
        f"{39999000000000 + n},T{n},{isbn}" for n, isbn in enumerate(isbns(9, 1))
    )
    assert layout_of(io.BytesIO(content.encode()), "koha.csv").columns.isbn == 2
    (bare, book) = read(f"isbn,barcode,title\n,39999012345678,Bare\n{H},39999012345679,Dune\n".encode())
    assert (bare.kind, book.isbn) == ("without", H)
    content = "barcode,title\n" + "\n".join(f"{isbn},T" for isbn in isbns(9, 1))
    assert layout_of(io.BytesIO(content.encode()), "koha.csv").columns.isbn == 0


@pytest.mark.parametrize(
    "content",
    [
        "name;account\n" + "\n".join(f"Ann;{1234567800 + n}" for n in range(50)),
        "when,who\n" + "\n".join(f"{1714557600 + 60 * n},ann" for n in range(50)),
        "Title,Author\nDune,Herbert\n1984,Orwell\n",
    ],
)
def test_where_no_column_holds_isbns_there_is_a_question(content: str) -> None:
    file = io.BytesIO(content.encode())
    layout = layout_of(file, "accounts.csv")
    assert layout.question == "Which column holds the ISBNs?"
    found = list(rows(file, layout))
    assert {row.kind for row in found} == {"without"}
    assert len(found) == content.strip().count("\n")


def test_a_bad_cell_falls_back_to_the_other_number_and_else_is_refused() -> None:
    content = table(
        "ISBN13|ISBN|Title",
        ["9780345418914", "0345391802", "The other one"],
        ["9.78035E+12", "", "Shortened"],
        ["9780345418914", "n/a", "Both bad"],
        ["345418913", "", "A zero lost"],
        ["0000000000", "", "Placeholder"],
        ["n/a", "-", "Nothing"],
        [f"{H}51399", "", "With its price"],
        ["çè_à\"'('&_ç&\"", "", "Typed elsewhere"],
    )
    assert [(row.kind, row.isbn or row.reason[:30], len(row.offers)) for row in read(content)] == [
        ("isbn", S13, 0),
        ("refused", "A spreadsheet has shortened it", 0),
        ("refused", "Its check digit should be 3.", 0),
        ("refused", "It has 9 digits: it is an old ", 2),
        ("without", "", 0),
        ("without", "", 0),
        ("isbn", H, 0),
        ("isbn", H, 0),
    ]


@pytest.mark.parametrize(
    ("cell", "copies"),
    [("2", 2), ("2.0", 2), ("x3", 3), ("4 copies", 4), ("0", 1), ("", 1), ("-1", 1), ("many", 1), ("99999", 1),
     ("9999", 999)],
)  # fmt: skip
def test_copies(cell: str, copies: int) -> None:
    (row,) = read(table("isbn|copies", [H, cell]))
    assert row.copies == copies


def test_a_list_is_read_as_the_box_reads() -> None:
    content = f"ISBN\r\n{H}\r\n90000\r\n\r\n1) {O} x 2\r\n{S} {X}\r\nDune\r\n".encode()
    found = read(content, "list.txt")
    assert [(row.number, row.isbn, row.copies) for row in found] == [
        (2, H, 1), (5, O, 2), (6, S13, 1), (6, "9788437604947", 1), (7, "", 1),
    ]  # fmt: skip
    assert found[-1].reason == "It has letters or signs in it."


@pytest.mark.parametrize("text", [f"{H}, {O}, {S}\n{X}, {H}\n", f"{H}\t{O}\n{S13}\t{H}\n", f"{H};{O}\n"])
def test_a_list_between_commas_is_no_table(text: str) -> None:
    assert len(read(text.encode(), "list.csv")) == text.count("\n") + text.count(",") + text.count("\t") + text.count(
        ";"
    )
    assert not looks_like_table(text)


@pytest.mark.parametrize(
    ("text", "is_table"),
    [
        (f"Title\tISBN\nDune\t{H}\n1984\t{O}", True),
        (f"ISBN,Title\n{H},Dune\n", True),
        (f"Dune\t{H}\n1984\t{O}\nEmma\t{S13}", True),
        (f"{H}\n{O}\n", False),
        (H, False),
        ("", False),
        ("Dune, by Herbert\n1984, by Orwell", False),
        (f"{H},2\n{O},1\n{S13},1\n", True),
        (f"1,{H}\n2,{O}\n3,{S13}\n", False),
        (f"{H} x 2, {O}\n{S}, {X}\n", False),
        ("%PDF-1.7\nx,y", False),
    ],
)
def test_a_pasted_table_is_a_table(text: str, is_table: bool) -> None:
    assert looks_like_table(text) is is_table


CONTENTS = {
    "a table": goodreads(300, without=40),
    "UTF-16": goodreads(60, without=5).decode().encode("utf-16"),
    "Mac": f"ISBN;Titre\r{ROWS}".replace("Dune", "Été").replace("\r\n", "\r").encode("mac_roman"),
    "bad UTF-8": b"ISBN,Title\n" + b"".join(f"{isbn},".encode() + b"\xff\xfe\xc3\n" for isbn in isbns(30, 1)),
    "a list": f"\ufeff{H} {O}\r\n\r\n{S} 9780345418914 Dune\r\n{X}".encode(),
    "marks that never close": (f'ISBN,Title\n{H},"Dune\n' + "".join(f"{isbn},T\n" for isbn in isbns(1500, 1))).encode(),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_reading_goes_on_behind_any_row(name: str) -> None:
    file = io.BytesIO(CONTENTS[name])
    layout = Layout.of(asdict(layout_of(file, "books.csv")))
    whole = list(rows(file, layout))
    assert len(whole) >= 2
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        assert list(rows(file, layout, whole[place].place)) == whole[place + 1 :]


def test_a_quotation_mark_that_never_closes_loses_no_row() -> None:
    found = read(CONTENTS["marks that never close"])
    assert sum(bool(row.isbn) for row in found) == 1501
    found = read(f'ISBN,Title\n{H},"Dune\n{O},6" disk\n{S},"a "quoted" word"\n'.encode())
    assert [row.isbn for row in found] == [H, O, S13]


def test_more_rows_than_are_read_at_once_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ROWS == 100_000
    monkeypatch.setattr("task.books.files.reading.MOST_ROWS", 10)
    file = io.BytesIO(goodreads(11, without=0))
    found = []
    with pytest.raises(TooManyRows, match=r"books.csv has more than 10 rows. Split it"):
        for row in rows(file, layout_of(file, "books.csv")):
            found += [row]
    assert len(found) == 10


def test_an_endless_line_is_a_sentence() -> None:
    with pytest.raises(FileFault, match="too long to read"):
        read(b"9" * 3_000_000)


def test_what_a_preview_says_of_a_file() -> None:
    layout = layout_of(io.BytesIO(f"ISBN;Titel\n{H};Dune\n{O};1984\n".encode("cp1252")), "books.csv")
    assert layout.description == "CSV, separated by semicolons, Unicode (UTF-8)"
    assert layout_of(io.BytesIO(f"{H}\n{O}\n".encode()), "x.txt").description == "A list, Unicode (UTF-8)"
