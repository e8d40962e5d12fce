"""MARC records in XML as SRU answers have them. MARC21 and UNIMARC alike are a leader and numbered fields."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, indent, register_namespace, tostring

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from task.books.isbn import compact
from task.books.isbn.numbers import isbn13_of
from task.books.sources.edition import Edition, Name, named

MOST_RECORDS, MOST_FIELDS, MOST_SUBFIELDS, LONGEST = 100, 1_000, 100, 2_000
# What tells a catalogue where to file a title: pairs around an article, of MARC (0098, 009C), of MARC-8 and of PICA.
NOT_FILED = re.compile("[\u0088\u0089\u0098\u009c]|¬")
ISBN = re.compile(r"\s*([0-9][0-9-]{8,15}[0-9Xx])(?![0-9])")

register_namespace("", "http://www.loc.gov/MARC21/slim")  # a raw record is read without ns0: before each name
register_namespace("mxc", "info:lc/xmlns/marcxchange-v2")


class NoAnswer(Exception):
    """It is no answer of an SRU server."""


@dataclass(frozen=True)
class Field:
    tag: str
    first: str  # its two indicators
    second: str
    subfields: list[tuple[str, str]]

    def all(self, codes: str) -> list[str]:
        return [text for code, text in self.subfields if code in codes and text]

    def get(self, codes: str) -> str:
        return next(iter(self.all(codes)), "")


@dataclass
class Record:
    leader: str = ""
    controls: dict[str, str] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    element: Element | None = None

    def tagged(self, *tags: str) -> Iterator[Field]:
        """In the order of `tags`, and of the record."""
        for tag in tags:
            yield from (each for each in self.fields if each.tag == tag)

    def all(self, tag: str, codes: str = "a") -> list[str]:
        return [text for each in self.tagged(tag) for text in each.all(codes)]

    def get(self, tag: str, codes: str = "a") -> str:
        return next(iter(self.all(tag, codes)), "")

    @property
    def raw(self) -> str:
        if self.element is None:
            return ""
        indent(self.element)
        return tostring(self.element, encoding="unicode").strip()


@dataclass(frozen=True)
class Dialect:
    """How one kind of MARC says what a record is of."""

    isbns: Callable[[Record], set[str]]  # its own, as ISBN-13
    is_online: Callable[[Record], bool]
    edition: Callable[[Record], Edition]


@dataclass(frozen=True)
class Answer:
    records: list[Record]
    total: int  # how many there are at the server
    diagnostic: str  # why there are none, where that is a fault


def read(content: bytes) -> Answer:
    """Elements are known by their names without a namespace: each server has its own. Raises NoAnswer."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ValueError, SyntaxError, LookupError) as fault:  # also what defusedxml refuses, and an unknown encoding
        raise NoAnswer("It is not XML that can be read.") from fault
    if local(root) != "searchRetrieveResponse":
        raise NoAnswer("It is no answer to a search.")
    records = [record(each) for each in root.iter() if local(each) == "record" and has_leader(each)]
    total = next((each.text or "" for each in root if local(each) == "numberOfRecords"), "")
    diagnostic = next((said(each) for each in root.iter() if local(each) == "diagnostic"), "")
    number = int(total) if re.fullmatch(r"\s*[0-9]{1,9}\s*", total) else len(records)
    return Answer(records[:MOST_RECORDS], number, "" if records else diagnostic)


def local(element: Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def has_leader(element: Element) -> bool:
    return any(local(child) == "leader" for child in element)


def said(diagnostic: Element) -> str:
    """The code of a diagnostic with its words; "" where all is well (SUDOC says so, with code 0)."""
    words = {local(child): " ".join((child.text or "").split())[:200] for child in diagnostic}
    code = words.get("uri", "").rpartition("/")[2]
    return "" if code == "0" else " ".join(part for part in (code, words.get("message"), words.get("details")) if part)


def record(element: Element) -> Record:
    made = Record(element=element)
    for child in list(element)[:MOST_FIELDS]:
        kind, tag = local(child), child.get("tag", "")
        if kind == "leader":
            made.leader = child.text or ""
        elif kind == "controlfield":
            made.controls.setdefault(tag, (child.text or "")[:LONGEST])
        elif kind == "datafield":
            pairs = [(each.get("code", ""), tidy(each.text or "")) for each in list(child)[:MOST_SUBFIELDS]]
            made.fields.append(Field(tag, child.get("ind1", " "), child.get("ind2", " "), pairs))
    return made


def tidy(text: str) -> str:
    """In composed letters, without marks of filing."""
    return NOT_FILED.sub("", " ".join(unicodedata.normalize("NFC", text[:LONGEST]).split()))


# What both kinds have in common


def isbns_in(texts: list[str]) -> set[str]:
    """ "9780821417478 (Ohio University Press)" and "2-07-054127-4" as ISBN-13."""
    found = (ISBN.match(text) for text in texts)
    return {isbn for each in found if each and (isbn := isbn13_of(compact(each[1]).upper()))}


def bare(text: str) -> str:
    """Without the marks that stand between subfields ("The parish register /"), and without brackets of what is
    not printed."""
    text = re.sub(r"\s*[/:;,=+]+\s*$", "", text).strip()
    text = re.sub(r"(?<=\w\w)\.$", "", text) if not re.search(r"\b(?:etc|jr|sr|ed)\.$", text, re.IGNORECASE) else text
    return text[1:-1].strip() if text.startswith("[") and text.endswith("]") and text.count("[") == 1 else text


def person(text: str, rest: str = "") -> Name | None:
    """ "Le Guin, Ursula K.," is Ursula K. Le Guin, as other sources call her."""
    text = bare(text)
    if not rest and "," in text:
        text, _, rest = text.partition(",")
    return named(f"{rest} {text}".strip())


def first_number(text: str) -> str:
    """The volume of a series without its word: "v. 1307" is 1307."""
    return re.sub(r"^(?:volume|vol|v|bd|band|nr|no|n°|t|tome)\b\.?\s*", "", bare(text), flags=re.IGNORECASE)


def somebody(texts: list[str]) -> list[str]:
    """Publishers that are named: "[s.n.]" is none."""
    names = (bare(text) for text in texts)
    return [name for name in dict.fromkeys(names) if name and not re.match(r"s\.? ?n\.?\b", name, re.IGNORECASE)]


def flat(names: list[Any]) -> list[Name]:
    return [name for name in names if name]
