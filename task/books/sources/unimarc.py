"""UNIMARC as the BnF writes it.

Field 010 is the ISBN and 073 the EAN, 200 the title, 205 the edition, 210 or 214 publisher and year, 215 the pages,
225 or 461 the series, 600 and 606 what it is about, 700 to 702 who made it, 101 the language, 003 its address.
"""

import re

from task.books.sources.edition import Edition, Name, each_once, named
from task.books.sources.languages import language_of
from task.books.sources.marc import Dialect, Field, Record, bare, first_number, flat, isbns_in, person, somebody
from task.books.sources.texts import clean, clean_pages, clean_url
from task.books.years import year_of

WROTE = {"", "070", "100", "305", "330", "570", "690"}  # codes ($4): author, and who stands in that place


def isbns(record: Record) -> set[str]:
    return isbns_in([*record.all("010"), *record.all("073")])


def is_online(record: Record) -> bool:
    return "s" in record.all("106") or any(each.get("c") == "c" for each in record.tagged("182"))


def edition(record: Record) -> Edition:
    title = next(record.tagged("200"), Field("200", "", "", []))
    parts = [bare(part) for part in [title.get("a"), *title.all("hi")] if bare(part)]
    authors = [author(each) for each in record.tagged("700", "701", "702", "710") if is_author(each)]
    series = next(record.tagged("225", "461"), None)
    return Edition(
        title=clean(". ".join(parts), 1000),
        subtitle=clean(bare(title.get("e")), 1000),
        authors=each_once(flat(authors)),
        people=each_once(flat([person(each.get("a"), each.get("b")) for each in record.tagged("600")])),
        subjects=each_once(flat([named(heading(each)) for each in record.tagged("606", "607")])),
        pages=clean_pages(record.get("215")),
        publish_date=clean(published(record), 100),
        publishers=somebody(record.all("214", "c") or record.all("210", "c"))[:20],
        language=language_of(record.get("101")),
        series=clean(bare(series.get("at")), 300) if series else "",
        series_number=clean(first_number(series.get("v")), 50) if series else "",
        edition_note=clean(bare(record.get("205")), 500),
        outside_id=clean(record.controls.get("001"), 200),
        outside_url=clean_url(record.controls.get("003")),
    )


def is_author(each: Field) -> bool:
    codes = set(each.all("4")) or {""}
    return bool(WROTE & codes) if each.tag in ("700", "701") else bool((WROTE - {""}) & codes)


def author(each: Field) -> Name | None:
    if each.tag == "710":
        return named(bare(each.get("a")))
    return person(each.get("a"), bare(each.get("b")))


def published(record: Record) -> str:
    texts = [*(record.all("214", "d") or record.all("210", "d")), record.get("100")[9:13]]
    return next((year for text in texts if (year := year_of(re.sub(r"^(?:DL|cop\.?)\s*", "", text)))), "")


def heading(each: Field) -> str:
    return " -- ".join(bare(text) for text in each.all("axyz"))


UNIMARC = Dialect(isbns, is_online, edition)
