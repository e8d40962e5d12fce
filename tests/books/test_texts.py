"""What sources write, as our columns take it: titles and names, what says nothing, pages, years."""

from typing import Any

import pytest

from task.books.models import Book
from task.books.sources import Blank, Edition, Unreadable
from task.books.sources.openlibrary_record import record
from task.books.sources.texts import clean, clean_pages


def read(**fields: Any) -> Edition:
    found = record({"key": "/books/OL1M", "title": "T", **fields})
    assert isinstance(found, Edition)
    return found


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Caf&eacute; &#8212; a&#x2019;s", "Café — a’s"),
        ("L&amp;#39;&amp;eacute;t&amp;eacute;", "L'été"),
        ("&nbsp;A&nbsp;&nbsp;B&nbsp;", "A B"),
        ("&lt;script&gt;", "<script>"),
        ("R&D, AT&T &bogus; &copyright", "R&D, AT&T &bogus; &copyright"),
        ("Trade&region", "Trade&region"),
        ("a&#0;b&#xD800;c", "a�b�c"),
        ("\ufeffTitle", "Title"),
        ("ï»¿Title", "Title"),
        ("\u200eمقدمة\u200f (\u202bابن خلدون\u202c)", "مقدمة (ابن خلدون)"),
        ("\u2067שלום\u2069", "שלום"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # the joiner is spelling
        ("hy\u00adphen\u200b\u2060ated", "hyphenated"),
        ("&#x200E;Direction&#8207;", "Direction"),
        ("\x98The\x9c Civilization", "The Civilization"),
    ],
)
def test_titles_and_names_without_entities_and_marks(given: str, kept: str) -> None:
    assert clean(given, 1000) == kept
    assert [name.name for name in read(authors=[{"name": f"{given} Zoë"}]).authors] == [f"{kept} Zoë"]


def test_a_long_text_of_entities_is_bounded() -> None:
    assert len(clean("&amp;" * 1_000_000, 1000)) == 1000


@pytest.mark.parametrize(
    "title",
    ["", "<>", "< >", "&lt;&gt;", "????", "-", "...", "\ufffd\ufffd", "\u200e", "[]", "N/A", "n.a.", "[no title]",
     "Title not available.", "undefined", "TBA", "To be announced", "[object Object]", "test title", "Sans titre",
     "Sin título", "無題", "9780345418913", "Book 9780345418913", "ISBN: 978-0-345-41891-3", "ISBN-13 9780345418913",
     "0345418913", "Book 034541891X"],
)  # fmt: skip
def test_a_record_that_says_nothing_is_blank_whoever_wrote_it(title: str) -> None:
    for authors in ([], [{"name": "????"}], [{"name": "Iain Banks"}]):
        found = record({"key": "/books/OL1M", "title": title, "authors": authors, "number_of_pages": 251})
        assert found == Blank("Open Library knows this ISBN, but has no title for it."), authors


@pytest.mark.parametrize("title", ["Untitled", "Unknown", "[Untitled]", "None", "Null", "Test", "Title", "Book"])
def test_a_doubtful_title_needs_an_author(title: str) -> None:
    for nobody in ([], [{"name": "????"}], [{"name": "Unknown"}], [{"name": "n/a"}], [{"name": ""}]):
        assert isinstance(record({"title": title, "authors": nobody}), Blank)
    assert read(title=title, authors=[{"name": "Iain Banks"}]).title == title


@pytest.mark.parametrize(
    "title",
    ["1984", "C++", "V.", "S.", "Q & A", "x", "♥", "√2", "Σ", "三", "Book 200100", "Title deeds", "The book of nothing",
     "9/11", "2666", "The Unknown", "Untitled and other poems", "Test-driven development"],
)  # fmt: skip
def test_an_odd_title_is_one(title: str) -> None:
    assert read(title=title).title == title


def test_names_without_a_letter_are_none() -> None:
    people = [{"name": "????"}, {"name": "<>"}, {"name": "50 Cent"}]
    assert [name.name for name in read(authors=people, subject_people=people).authors] == ["50 Cent"]
    assert [name.name for name in read(authors=[{"name": "Unknown"}, {"name": "Anonymous"}]).authors] == ["Anonymous"]


def test_a_blank_record_can_be_told_from_one_that_cannot_be_read() -> None:
    assert isinstance(record({"title": ""}), Blank)
    assert type(record({})) is Unreadable


# Pages

PAGES = {
    "viii, 251 p.": 251, "[8], 251 p.": 251, "2 v.": None,
    "xxviii, 251 p. : ill. ; 23 cm.": 251, "ix, [1], 251, [1] p": 251, "251, [5] p.": 251, "[251] p.": 251,
    "xvi p., 251 p.": 251, "251 p., [8] leaves of plates": 251, "251 p., 16 p. of plates": 251, "1 p. l., 251 p.": 251,
    "ca. 300 p.": 300, "251 leaves": 251, "80p.": 80, "251pp": 251, "vi, 309 pages": 309, "251": 251, " 251. ": 251,
    "251 pages, 8 unnumbered pages": 251, "XII, 251 S.": 251, "1 Online-Ressource (344 Seiten)": 344,
    "1 vol. (534 p.)": 534, "251 с. : ил.": 251, "251頁": 251, "２５１ページ": 251, "251 páginas": 251, "16 sidor": 16,
    "1 online resource (xx, 344 pages)": 344, "1 score (23 p.)": 23, "2 v. (xii, 804 p.)": 804, "1,008 p.": 1008,
    "1.008 S.": 1008, "150 p. + 1 CD-ROM": 150, "viii, 251": 251,
    "v.": None, "3 v. in 1": None, "2 volumes": None, "2 Bde.": None, "1 v. (various pagings)": None, "p. cm.": None,
    "p. ; 23 cm": None, "23 cm": None, "unpaged": None, "1 CD-ROM": None, "2 audio discs (75 min.)": None,
    "p. 251-300": None, "0 p.": None, "-3": None, "12.5": None, "": None, "many": None, "1" * 200: None, "1, " * 100: 1,
}  # fmt: skip


@pytest.mark.parametrize(("given", "pages"), PAGES.items(), ids=[text[:30] for text in PAGES])
def test_pages_as_cataloguers_write_them(given: str, pages: int | None) -> None:
    assert clean_pages(given) == pages


def test_the_pagination_is_read_where_the_number_is_absent() -> None:
    assert read(pagination="xv, 454 p. :").pages == 454
    assert read(number_of_pages=0, pagination="242").pages == 242
    assert read(number_of_pages=251, pagination="251 p., 8 p.").pages == 251
    assert read(pagination="p. cm.").pages is None
    assert read(pagination=["251"]).pages is None


# Years

YEARS = {
    "c1980": "1980", "1980年5月": "1980", "5763 [2002]": "2002",
    "1988": "1988", "May 2004": "2004", "Apr 30, 2013": "2013", "1999-09": "1999", "3 January 2017": "2017",
    "©1998": "1998", "cop. 1998": "1998", "[1985?]": "1985", "[ca. 1985]": "1985", "1985 [c1984]": "1985",
    "1399 [2020]": "2020", "1960 [i.e. 1972]": "1972",
    "1421 H. 2000": "2000", "昭和55 [1980]": "1980", "１９８０年": "1980", "١٩٨٠": "1980",
    "1998/1999": "1998", "1850s": "1850", "19830615": "1983", "2545": "2545", "May 1984]": "1984",
    "": "", "198-?": "", "19uu": "", "n.d.": "", "0000": "", "9999": "", "12345": "", "MCMLXXX": "",
}  # fmt: skip


@pytest.mark.parametrize(("date", "year"), YEARS.items())
def test_the_year_of_a_date_as_sources_have_it(date: str, year: str) -> None:
    assert Book(publish_date=date).year == year
