"""Records of library catalogues: fields, which record is the edition of an ISBN, and answers that are none."""

from typing import Any

import pytest

from task.books.sources.choosing import choose
from task.books.sources.edition import Blank, Edition
from task.books.sources.languages import language_of
from task.books.sources.marc import NoAnswer, read
from task.books.sources.marc21 import MARC21
from task.books.sources.unimarc import UNIMARC
from tests.services.catalogues import answer, field, marc21, record

ISBN, OTHER = "9780441007318", "9780345418913"


def of(body: str, dialect: Any = MARC21) -> Edition:
    found = read(body.encode()).records
    assert len(found) == 1
    edition: Edition = dialect.edition(found[0])
    return edition


def names(found: list[Any]) -> list[str]:
    return [each.name for each in found]


def chosen(*records: str, isbn: str = ISBN) -> Any:
    return choose(read(answer(*records).encode()).records, isbn, MARC21, "K10plus")


def test_marc21_field_by_field() -> None:
    found = of(
        answer(
            record(
                f"{ISBN} (pbk. : alk. paper)", "\u0098The\u009c left hand of darkness",
                field("041", a="eng"), field("250", a="1st Ace ed."), field("490", "1", a="Hainish cycle ;", v="v. 4"),
                field("600", "1", "0", a="Estraven,", d="1900-"), field("650", " ", "0", a="Space", x="Fiction."),
                field("651", " ", "0", a="Winter (Planet)"), field("653", a="(Produktform)Paperback"),
                field("700", "1", a="Miéville, China", _4="aui"), field("700", "1", a="Gaiman, Neil", _4="aut"),
            )
        )
    )  # fmt: skip
    assert (found.title, found.subtitle) == ("The left hand of darkness", "a made-up one")
    assert names(found.authors) == ["Ursula K. Le Guin", "Neil Gaiman"]
    assert names(found.people) == ["Estraven"]
    assert names(found.subjects) == ["Space -- Fiction", "Winter (Planet)"]
    assert (found.publishers, found.publish_date, found.pages) == (["Ace Books"], "1976", 304)
    assert (found.language, found.edition_note) == ("English", "1st Ace ed.")
    assert (found.series, found.series_number, found.outside_id) == ("Hainish cycle", "4", "7")


def test_what_older_records_write_elsewhere() -> None:
    found = of(answer(marc21(
        field("020", a="0-441-00731-7"), field("245", a="Cafe\u0301"),
        field("110", "2", a="Bank of England.", _4="aut"),
        field("260", a="[S.l.] :", b=["[s.n.],", "Ace Books,"], c="c2007."), field("300", a="383 S."),
        field("653", a=["INF2016", "Oncology."]), field("700", "1", a="Mustermann, Max", e="Übersetzer"),
    )))  # fmt: skip
    assert (found.title, found.publishers, found.publish_date, found.pages) == ("Café", ["Ace Books"], "2007", 383)
    assert (names(found.authors), names(found.subjects)) == (["Bank of England"], ["Oncology"])
    assert found.language == "English", "Field 008 says so."


BNF = (
    '<mxc:record xmlns:mxc="info:lc/xmlns/marcxchange-v2" id="ark:/12148/cb1"><mxc:leader>     nam  22        450 '
    '</mxc:leader><mxc:controlfield tag="001">FRBNF1</mxc:controlfield>'
    '<mxc:controlfield tag="003">http://catalogue.bnf.fr/ark:/12148/cb1</mxc:controlfield>{}</mxc:record>'
)


def bnf(*fields: str) -> str:
    inner = "".join(fields)
    for name in ("datafield", "subfield"):
        inner = inner.replace(f"<{name}", f"<mxc:{name}").replace(f"</{name}", f"</mxc:{name}")
    return BNF.format(inner)


def test_unimarc_field_by_field() -> None:
    found = of(answer(bnf(
        field("010", a="2-07-054127-4"), field("073", a="9782070541270"), field("101", a="fre", c="eng"),
        field("200", a="Harry Potter", e="un sorcier", f="J. K. Rowling"), field("205", a="2e éd."),
        field("210", a="[Paris]", c="Gallimard", d="DL 1999"), field("215", a="1 vol. (232 p.)"),
        field("225", a="Folio junior", v="899"), field("606", a="Magie", x="Romans", _2="rameau"),
        field("700", a="Rowling", b="J. K.", f="1965-....", _4="070"),
        field("702", a="Ménard", b="Jean-François", _4="730"),
    )), UNIMARC)  # fmt: skip
    assert (found.title, found.subtitle, names(found.authors)) == ("Harry Potter", "un sorcier", ["J. K. Rowling"])
    assert (found.publishers, found.publish_date, found.pages) == (["Gallimard"], "1999", 232)
    assert (found.language, found.series, found.series_number) == ("French", "Folio junior", "899")
    assert (found.edition_note, names(found.subjects)) == ("2e éd", ["Magie -- Romans"])
    assert found.outside_url == "http://catalogue.bnf.fr/ark:/12148/cb1"
    assert UNIMARC.isbns(read(answer(bnf(field("010", a="2-07-054127-4"))).encode()).records[0]) == {"9782070541270"}


def test_records_are_found_in_any_namespace_and_without_one() -> None:
    bare = record(ISBN).replace(' xmlns="http://www.loc.gov/MARC21/slim"', ' xmlns=""')
    other = answer(record(ISBN)).replace("zs:", "ns0:").replace("xmlns:zs", "xmlns:ns0")
    assert [len(read(body.encode()).records) for body in (answer(bare), other)] == [1, 1]


@pytest.mark.parametrize(
    ("code", "name"),
    [("ger", "German"), ("de", "German"), ("chi", "Chinese"), ("lat", "Latin"), ("und", ""), ("|||", ""), ("", "")],
)
def test_codes_of_languages(code: str, name: str) -> None:
    assert language_of(code) == name


# Which of several


def test_a_record_that_only_refers_to_an_isbn_is_none() -> None:
    ebook = marc21(field("020", a=OTHER, z=ISBN), field("245", a="An e-book"), field("776", z=ISBN))
    assert chosen(ebook) is None
    assert chosen(ebook, record(ISBN, "The print")).title == "The print"


def test_the_isbn_of_ten_digits_is_the_same() -> None:
    assert chosen(record("0-441-00731-7", "By ten")).title == "By ten"


def test_articles_and_chapters_are_none() -> None:
    assert chosen(record(ISBN, leader="00000naa a2200000 i 4500")) is None


def test_print_comes_before_online_and_the_fuller_before_the_first() -> None:
    online = record(ISBN, "Online", field("338", b="cr"))
    poor = marc21(field("020", a=ISBN), field("245", a="Poor"))
    assert chosen(online, poor, record(ISBN, "Full"), record(ISBN, "Second")).title == "Full"
    assert chosen(record(ISBN, "By 007", c007="cr uuu"), poor).title == "Poor"
    assert chosen(online).title == "Online", "Better than nothing."


def test_a_record_without_a_title_is_blank() -> None:
    assert isinstance(chosen(marc21(field("020", a=ISBN))), Blank)


def test_the_raw_record_is_that_books_alone() -> None:
    raw = chosen(record(OTHER, "Another"), record(ISBN, "This one")).raw
    assert "This one" in raw
    assert "Another" not in raw


# Answers that are none

BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + "]>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html><p>Just a moment", b"<a/>", b"{}", b"\xff\xfe",
        answer(record(ISBN)).replace("<zs:search", f"{BOMB}<zs:search", 1).replace("Book", "&i;").encode(),
        answer(record(ISBN, "Sch\u00e1n")).encode("latin-1"),  # as bytes of MARC-8: no UTF-8, and declared as such
        answer(record(ISBN))[:-40].encode(),
        b'<?xml version="1.0" encoding="marc-8"?><a/>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><searchRetrieveResponse/>',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        read(body)


def test_an_answer_is_read_up_to_a_bound() -> None:
    many = read(answer(*[record(ISBN)] * 200).encode())
    assert (len(many.records), many.total) == (100, 200)
    wide = of(answer(marc21(field("020", a=ISBN), *[field("245", a="x" * 100_000)] * 20)))
    assert len(wide.title) <= 1000
    authors = [field("100", a=f"Author {number}") for number in range(500)]
    assert len(of(answer(marc21(*authors))).authors) <= 200


DIAGNOSTIC = (
    '<diagnostics><diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/"><uri>info:srw/diagnostic/1/{}</uri>'
    "<message>Unsupported index</message></diagnostic></diagnostics>"
)


def test_a_diagnostic_counts_where_there_are_no_records_and_it_is_none_of_success() -> None:
    assert read(answer(diagnostic=DIAGNOSTIC.format(16)).encode()).diagnostic == "16 Unsupported index"
    assert read(answer(diagnostic=DIAGNOSTIC.format(0)).encode()).diagnostic == ""
    assert read(answer(record(ISBN), diagnostic=DIAGNOSTIC.format(16)).encode()).diagnostic == ""
