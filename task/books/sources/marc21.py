"""MARC21 as K10plus, the DNB and the Library of Congress write it.

Field 020 is the ISBN, 100 and 700 who made it, 245 the title, 250 the edition, 264 (before: 260) publisher and year,
300 the pages, 490 the series, 600 to 651 and 689 what it is about, 041 or 008 the language.
"""

import re

from task.books.sources.edition import Edition, Name, each_once, named
from task.books.sources.languages import language_of
from task.books.sources.marc import (
    Dialect,
    Field,
    Record,
    bare,
    first_number,
    flat,
    isbns_in,
    person,
    somebody,
)
from task.books.sources.texts import clean, clean_pages
from task.books.years import year_of

WROTE = {"", "aut", "cre"}  # relators ($4) of a 700 that is an author
NOT_A_SUBJECT = re.compile(r"^\(|^FBITMETH|^INF\d|^[A-Z]{2,4}\d{3,}$")  # the DNB's words for machines, in 653
MOST_SUBJECTS = 50


def isbns(record: Record) -> set[str]:
    return isbns_in(record.all("020"))


def is_online(record: Record) -> bool:
    carriers = record.all("338", "b")
    return record.controls.get("007", "").startswith("cr") or "cr" in carriers


def edition(record: Record) -> Edition:
    title = record.get("245")
    parts = [part for each in record.tagged("245") for part in each.all("np")]
    name = ". ".join(bare(part) for part in [title, *parts] if bare(part))
    authors = [author(each) for each in record.tagged("100", "110", "700", "710") if is_author(each)]
    date = published(record)
    series = next(record.tagged("490", "830"), None)
    return Edition(
        title=clean(name, 1000),
        subtitle=clean(bare(record.get("245", "b")), 1000),
        authors=each_once(flat(authors)),
        people=each_once(flat([person(each.get("a")) for each in record.tagged("600")])),
        subjects=each_once(subjects(record)),
        pages=clean_pages(record.get("300")),
        publish_date=clean(date, 100),
        publishers=somebody(of_publication(record, "b"))[:20],
        language=language_of(record.get("041") or record.controls.get("008", "")[35:38]),
        series=clean(bare(series.get("a")), 300) if series else "",
        series_number=clean(first_number(series.get("v")), 50) if series else "",
        edition_note=clean(bare(record.get("250")), 500),
        outside_id=clean(record.controls.get("001"), 200),
    )


def is_author(each: Field) -> bool:
    """100 and 110 are, unless they say another part; of 700 and 710 those that wrote it."""
    relators = [code[-3:] for code in each.all("4")]
    if each.tag in ("110", "710"):
        return "aut" in relators
    if each.tag == "700" and (each.second == "2" or each.get("t")):  # another work, contained or related
        return False
    if relators:
        return bool(WROTE & set(relators))
    return each.tag == "100" or not each.get("e") or each.get("e").lower().startswith(("author", "verfasser"))


def author(each: Field) -> Name | None:
    return named(bare(each.get("a"))) if each.tag.endswith("10") else person(each.get("a"))


def of_publication(record: Record, codes: str) -> list[str]:
    """264 with second indicator 1 is who published it; others are who printed it, or the copyright."""
    published = [text for each in record.tagged("264") if each.second == "1" for text in each.all(codes)]
    return published or record.all("260", codes)


def published(record: Record) -> str:
    texts = [*of_publication(record, "c"), record.controls.get("008", "")[7:11]]
    return next((year for text in texts if (year := year_of(text))), "")


def subjects(record: Record) -> list[Name]:
    """Headings that people made, each with its parts; words of the publisher only where there are no others."""
    made = [heading(each, "avxyz") for each in record.tagged("650", "651")] + record.all("689")
    words = made or [bare(text) for text in record.all("653") if not NOT_A_SUBJECT.search(text)]
    return flat([named(word) for word in words[:MOST_SUBJECTS]])


def heading(each: Field, codes: str) -> str:
    return " -- ".join(bare(text) for text in each.all(codes))


MARC21 = Dialect(isbns, is_online, edition)
