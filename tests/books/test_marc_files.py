"""Library records as other programs write them, and as nobody should: each is a row, or a sentence."""

from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from django.test import Client
from pymarc import Field, Indicators, Record, Subfield
from pymarc.marcxml import record_to_xml

from task.books.files import FileFault, Kind, Row, layout_of, rows
from task.books.models import Book
from task.jobs.testing import execute_all
from tests.books.test_exports import bring, empty_the_catalogue, export, files, library_of_all_sorts
from tests.books.test_file_uploads import send

H, O = "9780345418913", "9780451524935"  # noqa: E741
ISBD = "00000nam a2200000 a 4500"


def field(tag: str, *pairs: str, indicators: str = "  ") -> Field:
    """ "aThe title", "bits rest" """
    return Field(tag, Indicators(*indicators), [Subfield(each[0], each[1:]) for each in pairs])


def record(*fields: Field, leader: str = "00000nam a2200000 c 4500") -> Record:
    made = Record(leader=leader)
    made.add_field(*fields)
    return made


def whole(isbn: str = H, title: str = "The Hitch-hiker") -> Record:
    return record(field("020", f"a{isbn}"), field("245", f"a{title}"))


def xml(*records: Record, head: str = "") -> bytes:
    inner = b"".join(record_to_xml(each) for each in records)
    return b'<?xml version="1.0"?>' + head.encode() + b"<collection>" + inner + b"</collection>"


def read(content: bytes, name: str = "books.mrc") -> list[Row]:
    file = BytesIO(content)
    return list(rows(file, layout_of(file, name)))


def both(*records: Record) -> list[bytes]:
    return [b"".join(each.as_marc() for each in records), xml(*records)]


def test_marks_roles_items_and_scripts_of_marc21() -> None:
    made = record(
        Field("001", data="12345"), Field("008", data="790101s1979    xx            000 0 und d"),
        field("020", "a0345418913 (paperback) :", "c5.00"), field("020", f"a{O} (cased)"),
        field("100", "aAdams, Douglas,", "d1952-2001."), field("700", "aMackey, Ned.", "4edt"),
        field("700", "aColfer, E.", "eauthor", "4aut"),
        field("245", "a\x98The\x9c Hitch-hiker :", "ba guide /", "cby D. A."), field("250", "a2nd edition."),
        field("260", "aLondon :", "bPan Books,", "cc1979."), field("300", "axii, 224 p. :", "bill."),
        field("490", "aH2G2 ;", "vv. 1"), field("600", "aDent, Arthur,", "d1950-"), field("650", "aSpace", "xStories."),
        field("653", "a(Produktform)Hardback"), field("952", "cHall"), field("952", "cHall"),
        leader=ISBD,
    )  # fmt: skip
    for content in both(made):
        (row,) = read(content)
        assert (row.isbn, row.title, row.year, row.copies, row.location) == (H, "The Hitch-hiker", "1979", 2, "Hall")
        assert row.record == {
            "title": "The Hitch-hiker", "subtitle": "a guide", "authors": ["Adams, Douglas", "Colfer, E."],
            "people": ["Dent, Arthur"], "subjects": ["Space -- Stories"], "publishers": ["Pan Books"],
            "publish_date": "c1979", "pages": "xii, 224 p.", "series": "H2G2", "series_number": "v. 1",
            "edition_note": "2nd edition", "copies": 2, "location": "Hall",
        }  # fmt: skip


def test_unimarc() -> None:
    made = record(
        field("010", "a2-07-054127-4"), field("200", "aL'école", "eroman"),
        field("210", "aParis", "cGallimard", "d1999"),
        field("215", "a232 p."), field("225", "aFolio", "v1"), field("606", "aSorciers", "yFrance"),
        field("700", "aRowling", "bJ. K.", "4070"), field("701", "aMénard", "bJ.-F.", "4730"),
    )  # fmt: skip
    (row,) = read(made.as_marc())
    assert row.isbn == "9782070541270"
    assert row.record["authors"] == ["Rowling, J. K."]
    assert row.record["subjects"] == ["Sorciers -- France"]
    assert (row.record["title"], row.record["subtitle"], row.record["publishers"]) == (
        "L'école",
        "roman",
        ["Gallimard"],
    )


def test_a_record_without_a_title_or_an_isbn() -> None:
    for content in both(record(field("020", f"a{H}")), record(field("245", "aNo number")), record(field("100", "aX"))):
        found = [(row.kind, row.isbn, row.title, row.reason) for row in read(content)]
        assert found == [
            ("isbn", H, "", ""), ("without", "", "No number", ""),
            ("refused", "", "", "This record has neither an ISBN nor a title."),
        ]  # fmt: skip


def test_a_wrong_number_is_refused_with_what_it_may_be() -> None:
    (row,) = read(record(field("020", "a9780345418914"), field("245", "aX")).as_marc())
    assert row.kind == "refused"
    assert "check digit" in row.reason


def test_a_wrong_length_costs_no_other_record() -> None:
    first, second, third = (whole(isbn, isbn).as_marc() for isbn in (H, O, "9780345391803"))
    for length in (b"00010", b"99999", b"00000"):
        found = read(first + length + second[5:] + third)
        assert [row.isbn for row in found] == [H, O, "9780345391803"]


@pytest.mark.parametrize(
    "damaged",
    [
        b"00500nam a2299999 c 4500\x1e", b"00100nam a2200037 c 4500" + b"x" * 40, b"00030nam a2200025 c 4500",
        b"00100nam a22abcde c 4500245000500000\x1e  \x1faX\x1e", b"\xff\xfe garbage",
        b"00060nam a2200061 c 4500" + b"9" * 36,
    ],
)  # fmt: skip
def test_a_damaged_record_is_one_row(damaged: bytes) -> None:
    found = read(whole().as_marc() + damaged + b"\x1d" + whole(O).as_marc())
    assert [(row.isbn, row.reason, row.number) for row in found] == [(H, "", 1), ("", "It is damaged.", 2), (O, "", 3)]


def test_a_file_that_is_cut_in_the_middle() -> None:
    content = whole().as_marc() + whole(O).as_marc()
    found = read(content[:-20])
    assert [(row.isbn, row.reason) for row in found] == [(H, ""), ("", "The file ends in the middle of it.")]
    with pytest.raises(FileFault, match="is too large or too deep to be read"):
        read(b"<collection>" + b"x" * 3_000_000)
    with pytest.raises(FileFault, match="is damaged behind record 1: from there on it is no XML"):
        read(xml(whole(), whole(O))[:-30])


def test_reading_goes_on_behind_any_row() -> None:
    isbns = (H, O, "9780345391803")
    for content in both(*(whole(isbn, isbn) for isbn in isbns)):
        file = BytesIO(content)
        layout = layout_of(file, "x")
        found = list(rows(file, layout))
        for number, row in enumerate(found, 1):
            assert [each.isbn for each in rows(file, layout, row.place)] == list(isbns[number:])


def test_marc_8_and_unicode_that_calls_itself_so() -> None:
    marc_8 = whole(title="Sch@on").as_marc().replace(b"nam a22", b"nam  22").replace(b"Sch@on", b"Sch\xe8on")
    assert read(marc_8)[0].title == "Schön"
    wrong = whole(title="Schön, 海辺").as_marc().replace(b"nam a22", b"nam  22")
    assert read(wrong)[0].title == "Schön, 海辺"
    latin = whole(title="Sch@n").as_marc().replace(b"Sch@n", b"Sch\xf6n")
    assert read(latin)[0].title == "Sch\ufffdn"


def test_ten_thousand_fields_and_a_record_without_an_end() -> None:
    many = whole()
    many.add_field(*(field("650", f"aSubject {number}") for number in range(10_000)))
    (row,) = read(xml(many))
    assert (row.isbn, len(row.record["subjects"])) == (H, 200)
    content = whole().as_marc()
    (row,) = read(content[:-1] + b"\x1e" * 200_000)
    assert row.isbn == H
    first, last = read(b"00000nam a2200000 c 4500" + b"x" * 3_000_000 + b"\x1d" + content)
    assert (first.reason, last.isbn) == ("It is longer than a MARC record can be.", H)


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
SRU = (
    b'<?xml version="1.0"?><zs:searchRetrieveResponse xmlns:zs="http://www.loc.gov/zing/srw/"><zs:records><zs:record>'
    b"<zs:recordData>%s</zs:recordData></zs:record></zs:records></zs:searchRetrieveResponse>"
)


def test_an_answer_of_sru_is_read_as_well() -> None:
    assert [row.isbn for row in read(SRU % record_to_xml(whole(), namespace=True))] == [H]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (xml(whole(), head=BOMB), "has definitions in it that no record needs."),
        (xml(whole(), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "has definitions in it"),
        (b"<collection><record>", "is damaged at its beginning: from there on it is no XML."),
        (b"<collection><record></collection>", "is damaged at its beginning"),
        (b"<collection></collection>", "has no MARC records."),
        (b"<record><title>No MARC</title></record>", "has no MARC records."),
        (b"<collection>" + b"<a>" * 100, "is too large or too deep to be read."),
    ],
)
def test_what_is_no_record_is_a_sentence_beside_the_field(member: Client, content: bytes, says: str) -> None:
    answer = send(member, content, "books.xml")
    assert answer.status_code == 200
    assert f"books.xml {says}" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("format", ["marc", "marcxml"])
def test_what_the_desk_has_written_fills_its_books(member: Client, format: str, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    library_of_all_sorts()
    Book.objects.filter(copies=0).update(copies=1)
    Book.objects.filter(copies__gt=100).update(copies=100)
    made = export(member, format)
    content = files.path_of(made).read_bytes()
    shown = (
        "number",
        "title",
        "subtitle",
        "pages",
        "publish_date",
        "language",
        "series",
        "series_number",
        "publishers",
    )
    before = list(Book.objects.exclude(title="").order_by("number").values_list(*shown, "copies"))
    empty_the_catalogue()
    sent = bring(member, content, f"desk.{made.written_as.extension}")
    assert (sent.refused, sent.without, sent.look_up) == (0, 2, len(before) - 2)
    after = list(Book.objects.order_by("number").values_list(*shown, "copies"))
    assert [row[0] for row in after] == [row[0] for row in before]
    for old, new in zip(before, after, strict=True):
        assert normalize("NFC", str(old[:-1])) == str(new[:-1])
    assert {row[-1] for row in after} == {1, 3, 107, 2}
    assert set(Book.objects.filter(isbn__isnull=False).values_list("source", flat=True)) == {sent.name}
    page = member.get(Book.objects.filter(isbn__isnull=False).latest("id").get_absolute_url()).content.decode()
    assert sent.name in page


@pytest.mark.django_db
def test_a_book_that_is_found_keeps_what_it_has(member: Client, tmp_path: Path) -> None:
    Book.objects.create(isbn=H, number=H, title="Ours", state="filled", source="Open Library")
    Book.objects.create(isbn=O, number=O, state="not_found")
    bring(member, whole(H, "Theirs").as_marc() + whole(O, "1984").as_marc(), "theirs.mrc", counts_copies="")
    assert list(Book.objects.order_by("number").values_list("title", "source", "state")) == [
        ("Ours", "Open Library", "filled"), ("1984", "theirs.mrc", "filled")
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_page_of_such_a_file(member: Client) -> None:
    answer = send(member, whole().as_marc() + record(field("100", "aX")).as_marc(), "books.mrc")
    execute_all()
    page = member.get(answer.url).content.decode()
    for words in ("MARC records.", "Each record says all of its book", "This record has neither an ISBN nor a title."):
        assert words in page
    assert layout_of(BytesIO(whole().as_marc()), "x").kind == Kind.MARC
    assert member.post(f"{answer.url}read/", {"encoding": "utf-8"}).status_code == 302
