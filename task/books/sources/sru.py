"""Library catalogues that answer by SRU: one client, and a few lines for each catalogue.

A question names several ISBNs in both lengths, joined by `or`; what comes back is told apart by the ISBNs that the
records themselves name (`choosing`). Addresses are settings: a catalogue moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings
from stdnum import isbn as numbers

from task.books.sources.asking import ask, failing
from task.books.sources.choosing import choose
from task.books.sources.edition import Answer, Edition
from task.books.sources.marc import Dialect, NoAnswer, read
from task.books.sources.marc21 import MARC21
from task.books.sources.unimarc import UNIMARC
from task.jobs.services import rate_limit

A_BOOK = 10  # records that are asked for each ISBN; most have one to five


@dataclass(frozen=True)
class Sru:
    """A catalogue. `query` makes the question of ISBNs; `page`, with {id}, is where people read a record."""

    key: str
    name: str
    label: str
    setting: str
    query: Callable[[Sequence[str]], str]
    dialect: Dialect = MARC21
    schema: str = "marcxml"
    version: str = "1.1"
    page: str = ""
    seconds: float = 1.0
    batch: int = 10

    is_local = False
    gives = frozenset({"authors", "publish_date", "publishers", "language"})
    keeps_raw = True
    missing = ""

    def look_up(self, isbns: Sequence[str]) -> Answer:
        answer: Answer = {}
        for start in range(0, len(isbns), self.batch):
            answer |= self.look_up_some(isbns[start : start + self.batch])
        return answer

    def look_up_some(self, isbns: Sequence[str]) -> Answer:
        reply = ask(self.name, self.address(isbns), self.seconds, "application/xml, text/xml")
        try:
            found = read(reply.content)
        except NoAnswer as fault:
            raise failing(self.name, f"{self.name} sent something that is no answer to a search.") from fault
        if found.diagnostic:
            if len(isbns) > 1:
                return {}  # one of them, or their number, is what it does not take
            raise failing(self.name, f"{self.name} refused the question: {found.diagnostic}")
        rate_limit.clear(self.name)
        answer = {isbn: choose(found.records, isbn, self.dialect, self.name) for isbn in isbns}
        for edition in answer.values():
            if isinstance(edition, Edition) and self.page and edition.outside_id:
                edition.outside_url = self.page.format(id=quote(edition.outside_id))
        has_all = found.total <= len(found.records) or len(isbns) == 1
        return {isbn: edition for isbn, edition in answer.items() if edition or has_all}

    def address(self, isbns: Sequence[str]) -> str:
        parameters = {
            "version": self.version, "operation": "searchRetrieve", "query": self.query(isbns),
            "recordSchema": self.schema, "maximumRecords": str(A_BOOK * len(isbns)),
        }  # fmt: skip
        return f"{getattr(settings, self.setting)}?{urlencode(parameters, quote_via=quote)}"


def both_lengths(isbns: Sequence[str]) -> list[str]:
    """Old records may have the ISBN of ten digits alone."""
    return [each for isbn in isbns for each in (isbn, *([numbers.to_isbn10(isbn)] if isbn.startswith("978") else []))]


def each_in(index: str) -> Callable[[Sequence[str]], str]:
    return lambda isbns: " or ".join(f"{index}={isbn}" for isbn in both_lengths(isbns))


CATALOGUES = (
    Sru("k10plus", "K10plus", "K10plus", "K10PLUS_URL", each_in("pica.isb"),
        page="https://opac.k10plus.de/DB=2.299/PPNSET?PPN={id}"),
    Sru("dnb", "DNB", "Deutsche Nationalbibliothek", "DNB_URL", each_in("num"), schema="MARC21-xml",
        page="https://d-nb.info/{id}"),
    Sru("loc", "Library of Congress", "Library of Congress", "LOC_URL", each_in("bath.isbn"), seconds=2.0),
    Sru("bnf", "BnF", "Bibliothèque nationale de France", "BNF_URL",
        lambda isbns: f'bib.fuzzyISBN any "{" ".join(isbns)}"', UNIMARC, schema="unimarcXchange", version="1.2"),
)  # fmt: skip
