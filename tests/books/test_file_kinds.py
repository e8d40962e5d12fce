"""What is sent as a file of books: tables and sheets are read, anything else is one sentence, and no bomb opens."""

import io
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from task.books.files import FileFault, Kind, Row, layout_of, rows, sniff
from tests.books.conftest import isbns

H, O = "9780345418913", "9780451524935"  # noqa: E741
WORKSHEET = "xl/worksheets/sheet1.xml"


def workbook(*lines: list[Any], **more: list[list[Any]]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    for title, other in more.items():
        sheet = book.create_sheet(title)
        for line in other:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one part changed, or one more."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, part)
    return out.getvalue()


def read(content: bytes, name: str = "books.xlsx", **chosen: Any) -> list[Row]:
    file = io.BytesIO(content)
    return list(rows(file, layout_of(file, name, **chosen)))


def test_a_sheet_is_read_as_a_table() -> None:
    content = workbook(
        ["Our library"],
        [],
        ["Title", "Author", "ISBN", "Year", "Copies", "Location"],
        ["Dune", "Frank Herbert", int(H), 1965, 2, "Main hall · SF 3"],
        ["1984", "George Orwell", float(O), date(1949, 6, 8), None, None],
        [],
        ["Guide", "Douglas Adams", "0-345-39180-2", "c1997", "3", ""],
        ["Lost", "N. N.", 345418913, None, None, None],
        ["No number", "N. N.", None, 1999, 1, None],
    )
    found = read(content)
    assert [(row.number, row.isbn, row.title, row.year, row.copies, row.location) for row in found] == [
        (4, H, "Dune", "1965", 2, "Main hall · SF 3"),
        (5, O, "1984", "1949", 1, ""),
        (7, "9780345391803", "Guide", "1997", 3, ""),
        (8, "", "Lost", "", 1, ""),
        (9, "", "No number", "1999", 1, ""),
    ]
    assert [row.kind for row in found[3:]] == ["refused", "without"]
    assert H in found[3].offers


def test_the_sheet_that_holds_isbns_is_chosen_and_another_can_be() -> None:
    content = workbook(["Read me"], Books=[["ISBN"], [H]], More=[["ISBN"], [O]])
    layout = layout_of(io.BytesIO(content), "books.xlsx")
    assert (layout.sheet, layout.sheets) == ("Books", ("Sheet", "Books", "More"))
    assert layout.description == "XLSX, sheet “Books”"
    assert [row.isbn for row in read(content)] == [H]
    assert [row.isbn for row in read(content, sheet="More")] == [O]


def test_of_a_formula_its_value_is_read() -> None:
    """A formula that no spreadsheet has worked out yet has none."""
    content = workbook(["ISBN", "Title"], [f'=CONCATENATE("{H[:3]}","{H[3:]}")', "Dune"], ["=1/0", "None"])
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>ISBN</t></is></c></row>'
        f'<row r="2"><c r="A2" t="str"><f>CONCATENATE(B2,C2)</f><v>{H}</v></c></row>'
        '<row r="3"><c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        f'<row r="4"><c r="A4"><f>B4</f><v>{O}</v></c></row></sheetData></worksheet>'
    )
    assert [row.kind for row in read(content)] == ["without", "without"]
    found = read(with_part(content, WORKSHEET, sheet.encode()))
    assert [(row.number, row.isbn, row.kind) for row in found] == [(2, H, "isbn"), (3, "", "without"), (4, O, "isbn")]


def test_reading_goes_on_behind_any_row() -> None:
    content = workbook(["ISBN"], *[[isbn] for isbn in isbns(20, 1)])
    file = io.BytesIO(content)
    layout = layout_of(file, "books.xlsx")
    whole = list(rows(file, layout))
    assert len(whole) == 20
    for place in (0, 7, 18, 19):
        assert list(rows(file, layout, whole[place].place)) == whole[place + 1 :]


def sheet_of(data: bytes) -> bytes:
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return start + data + b"</sheetData></worksheet>"


def with_empty_rows(last: int) -> bytes:
    cell = b'<c r="A%d" t="inlineStr"><is><t>%s</t></is></c>'
    data = b'<row r="1">' + cell % (1, b"ISBN") + b'</row><row r="2">' + cell % (2, H.encode()) + b"</row>"
    data += b"".join(b'<row r="%d" spans="1:3" ht="15"/>' % number for number in range(3, last + 1))
    return with_part(workbook(["ISBN"]), WORKSHEET, sheet_of(data))


def peak_of(content: bytes) -> tuple[list[Row], int]:
    """The rows, and how much memory reading them took at most."""
    tracemalloc.start()
    try:
        return read(content), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_texts_that_cells_share_are_read() -> None:
    """As Excel writes them: in pieces of one format each, and Japanese with its pronunciation."""
    texts = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>ISBN</t></si><si><t>Title</t></si>'
        "<si><r><t>978-0-345-</t></r><r><rPr><b/></rPr><t>41891-3</t></r></si>"
        '<si><t>課長</t><rPh sb="0" eb="2"><t>カチョウ</t></rPh></si></sst>'
    )
    sheet = sheet_of(
        b'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
        b'<row r="2"><c r="A2" t="s"><v>2</v></c><c r="C2" t="s"><v>3</v></c><c r="D2" t="s"><v>99</v></c></row>'
        b'<row><c><v>9.780451524935E12</v></c><c t="b"><v>1</v></c><c t="str"><v>1984</v></c></row>'
    )
    content = with_part(with_part(workbook(["-"]), WORKSHEET, sheet), "xl/sharedStrings.xml", texts.encode())
    assert [(row.number, row.isbn, row.title) for row in read(content)] == [(2, H, "課長"), (3, O, "1984")]


def test_a_million_empty_rows_are_no_rows() -> None:
    assert [row.isbn for row in read(with_empty_rows(1_048_576))] == [H]


def test_what_rows_take_of_memory_does_not_grow_with_them() -> None:
    few, many = (peak_of(with_empty_rows(last))[1] for last in (1000, 20_000))
    assert many < few + 2_000_000  # a piece of the file, and the rows in it
    wide = b'<row r="1"><c t="inlineStr"><is><t>ISBN</t></is></c></row><row r="2">' + b"<c><v>1</v></c>" * 50_000
    found, peak = peak_of(with_part(workbook(["ISBN"]), WORKSHEET, sheet_of(wide + b"</row>")))
    assert [row.text for row in found] == ["1"]
    assert peak < few + 2_000_000


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;">' % (98 + n, 97 + n, 97 + n) for n in range(20)
)
BOMBS = {
    "entities": (WORKSHEET, LAUGHS + b"]>" + sheet_of(b'<row r="1"><c r="A1"><v>&u;</v></c></row>')),
    "entities behind the start": (WORKSHEET, b" " * (1 << 20) + LAUGHS + b"]>" + sheet_of(b"")),
    "a long text": (WORKSHEET, sheet_of(b'<row r="1"><c r="A1"><v>' + b"9" * 30_000_000 + b"</v></c></row>")),
    "a deep tree": (WORKSHEET, sheet_of(b"<a>" * 3_000_000)),
    "entities in the book": ("xl/workbook.xml", LAUGHS + b"]><workbook>&u;</workbook>"),
    "strings": ("xl/sharedStrings.xml", b"<sst>" + b"<si><t>a</t></si>" * 40_000 + b"</sst>"),
    "styles": ("xl/styles.xml", b"<styleSheet>" + b"<xf/>" * 3_000_000 + b"</styleSheet>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("task.books.files.cells.MOST_TEXTS", 20_000)
    content = with_part(workbook(["ISBN"], [H]), *BOMBS[name])
    assert len(content) < 2_000_000
    tracemalloc.start()
    try:
        with pytest.raises(FileFault, match=r"books.xlsx (is too large once|has definitions in it)"):
            read(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04[Content_Types].xml" + b"\0" * 500,
        workbook(["ISBN"])[:-200],
        with_part(workbook(["ISBN"]), "xl/workbook.xml", b"<nothing/>"),
        with_part(workbook(["ISBN"]), WORKSHEET, b"<worksheet><sheetData><row r='1'><c r='A1'><v>1"),
        with_part(workbook(["ISBN"]), WORKSHEET, sheet_of(b'<row r="99999999999"><c><v>1</v></c></row>')),
        with_part(workbook(["ISBN"]), WORKSHEET, sheet_of(b'<row r="x"><c r="ZZZZ1"><v>1</v></c></row>')),
        workbook(),
    ],
    ids=["no ZIP", "cut", "no book", "cut XML", "a row far away", "odd places", "empty"],
)
def test_a_damaged_workbook_is_a_sentence(content: bytes) -> None:
    with pytest.raises(FileFault, match=r"^books.xlsx .*\.$"):
        read(content)


OTHERS: dict[str, tuple[bytes, str]] = {
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
    "RTF": (rb"{\rtf1\ansi", "is a text with formatting (RTF)"),
    "an old .xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "is an old Excel file (.xls), or it has"),
    "an older .xls": (b"\x09\x08\x10\x00\x00\x06\x05\x00", "is an old Excel file (.xls)"),
    "HTML called .xls": (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table>", "is a web page"),
    "HTML": (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>", "is a web page"),
    "a table of HTML": (b"\n<table border=1><tr><td>ISBN", "is a web page"),
    "XML of Excel 2003": (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
                          b'xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "is an old Excel file (XML)"),
    "MARCXML that is cut": (b'<?xml version="1.0"?><collection xmlns="http://www.loc.gov/MARC21/slim">', "is damaged"),
    "XML": (b'<?xml version="1.0"?><books>', "is an XML file"),
    "BibTeX": (b"% Encoding: UTF-8\n\n@book{adams, title={x}}", "is a bibliography (BibTeX)"),
    "RIS": (b"TY  - BOOK\nTI  - Dune", "is a bibliography (RIS)"),
    "EndNote": (b"%0 Book\n%T Dune", "is a bibliography (EndNote)"),
    "JSON": (b'[{"isbn": "9780345418913"}]', "is a JSON file"),
    "a ZIP called .csv": (b"PK\x03\x04\x14\0\0\0\x08\0books.csv", "is a compressed archive"),
    "gzip": (b"\x1f\x8b\x08\0", "is a compressed archive"),
    "a document of Word": (b"PK\x03\x04[Content_Types].xml....word/document.xml", "is a Word document"),
    "OpenDocument": (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "is an OpenDocument"),
    "EPUB": (b"PK\x03\x04....mimetypeapplication/epub+zip", "is an electronic book"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0", "is a picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a picture"),
    "HEIC": (b"\0\0\0\x18ftypheic", "is a picture"),
    "WebP": (b"RIFF\0\1\0\0WEBPVP8 ", "is a picture"),
    "SQLite": (b"SQLite format 3\0", "is a database"),
    "a program": (bytes(range(256)) * 4, "is neither a table nor a text"),
    "nothing": (b"", "is empty"),
    "blanks": (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_a_file_that_is_something_else_is_one_sentence(kind: str) -> None:
    content, words = OTHERS[kind]
    with pytest.raises(FileFault) as told:
        layout_of(io.BytesIO(content), "books.csv")
    sentence = str(told.value)
    assert sentence.startswith(f"books.csv {words}")
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f"{H}\n".encode(), Kind.TEXT),
        (f"[{H}]\n".encode(), Kind.TEXT),
        (f"<{H}>\n".encode(), Kind.TEXT),
        (f"\x02{H}\x03\r\x02{O}\x03\r".encode(), Kind.TEXT),
        (f"ISBN\n{H}".encode("utf-16"), Kind.TEXT),
        (f"ISBN\n{H}".encode("utf-16-be"), Kind.TEXT),
        ("ISBN,Title\n1,Café\n".encode("cp1252"), Kind.TEXT),
        (workbook(["ISBN"]), Kind.XLSX),
    ],
)
def test_tables_and_texts_go_on(content: bytes, kind: Kind) -> None:
    assert sniff(content[:4096], "books.csv") == kind


@pytest.mark.parametrize(
    "content", [b"\xff", b"isbn\n\xc3\x28", b'isbn\n"never closed', b"isbn\n" + b"x" * 200_000, b"\xff\xfea", b",,,\n"]
)
def test_odd_bytes_raise_nothing_but_the_sentence(content: bytes) -> None:
    with suppress(FileFault):
        read(content, "books.csv")


def test_a_workbook_called_csv_is_read() -> None:
    assert [row.isbn for row in read(workbook(["ISBN"], [H]), "books.csv")] == [H]
