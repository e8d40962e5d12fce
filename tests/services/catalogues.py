"""Library catalogues on loopback that answer by SRU, and Google Books: good, slow or odd, and they remember who asked.

with Sru() as catalogue:
    catalogue.has(record("9780441007318", title="The left hand of darkness"))
    catalogue.queue(status=503)   # one odd answer, then good ones again
"""

import json
import re
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.services.stub import Odd, Stub

SRW, SLIM = "http://www.loc.gov/zing/srw/", "http://www.loc.gov/MARC21/slim"


@dataclass(frozen=True)
class Asked:
    at: float  # time.monotonic()
    isbns: list[str]  # those of 13 digits
    parameters: dict[str, str]
    headers: dict[str, str]


def field(tag: str, first: str = " ", second: str = " ", **subfields: str | list[str]) -> str:
    """`_4="aut"` for a subfield whose code is a digit."""
    pairs = [
        (code.strip("_"), text)
        for code, texts in subfields.items()
        for text in (texts if isinstance(texts, list) else [texts])
    ]
    inner = "".join(f'<subfield code="{code}">{escape(text)}</subfield>' for code, text in pairs)
    return f'<datafield tag="{tag}" ind1="{first}" ind2="{second}">{inner}</datafield>'


def marc21(*fields: str, leader: str = "00000nam a2200000 i 4500", **controls: str) -> str:
    """`c001="7"` is field 001."""
    given = {"c001": "7", "c008": "070418s2007    enk           001 0 eng  "} | controls
    inner = "".join(f'<controlfield tag="{tag[1:]}">{text}</controlfield>' for tag, text in given.items())
    return f'<record xmlns="{SLIM}"><leader>{leader}</leader>{inner}{"".join(fields)}</record>'


def record(isbn: str, title: str = "", *more: str, **options: Any) -> str:
    """A whole one of a printed book."""
    return marc21(
        field("020", a=isbn),
        field("100", "1", a="Le Guin, Ursula K.,", d="1929-2018", _4="aut"),
        field("245", "1", "4", a=f"{title or f'The book of {isbn}'} :", b="a made-up one /", c="Ursula K. Le Guin."),
        field("264", " ", "1", a="New York :", b="Ace Books,", c="[1976]"),
        field("300", a="xvi, 304 pages ;"),
        *more,
        **options,
    )


def answer(*records: str, total: int | None = None, diagnostic: str = "") -> str:
    inner = "".join(
        f"<zs:record><zs:recordSchema>marcxml</zs:recordSchema><zs:recordPacking>xml</zs:recordPacking>"
        f"<zs:recordData>{each}</zs:recordData></zs:record>"
        for each in records
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><zs:searchRetrieveResponse xmlns:zs="{SRW}">'
        f"<zs:numberOfRecords>{len(records) if total is None else total}</zs:numberOfRecords>"
        f"<zs:records>{inner}</zs:records>{diagnostic}</zs:searchRetrieveResponse>"
    )


class Sru(Stub):
    content_type = "text/xml;charset=utf-8"

    def __init__(self, delay: float = 0, port: int = 0) -> None:
        super().__init__(delay, port)
        self.records: dict[str, list[str]] = {}  # by ISBN
        self.knows_all = False  # it makes up a record of what it is asked for

    def has(self, isbn: str, *records: str) -> None:
        self.records[isbn] = list(records or [record(isbn)])

    def asked(self, path: str, headers: Message) -> Asked:
        parameters = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        isbns = re.findall(r"\b97[89]\d{10}\b", parameters.get("query", ""))
        return Asked(time.monotonic(), isbns, parameters, dict(headers.items()))

    def answer(self, asked: Asked) -> Odd:
        with self._lock:
            self.requests.append(asked)
            odd = self.odd()
        if odd:
            return odd
        made = [self.records.get(isbn, [record(isbn)] if self.knows_all else []) for isbn in asked.isbns]
        found = [each for some in made for each in some]
        return Odd(body=answer(*found[: int(asked.parameters.get("maximumRecords", 10))], total=len(found)))

    @property
    def isbns(self) -> list[str]:
        """All that it was asked for, in order."""
        return [isbn for asked in self.requests for isbn in asked.isbns]


class Google(Stub):
    def __init__(self, delay: float = 0, port: int = 0) -> None:
        super().__init__(delay, port)
        self.volumes: dict[str, list[dict[str, Any]]] = {}

    def asked(self, path: str, headers: Message) -> Asked:
        parameters = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        return Asked(
            time.monotonic(), re.findall(r"\d{13}", parameters.get("q", "")), parameters, dict(headers.items())
        )

    def answer(self, asked: Asked) -> Odd:
        with self._lock:
            self.requests.append(asked)
            odd = self.odd()
        found = [volume for isbn in asked.isbns for volume in self.volumes.get(isbn, [])]
        whole = {"kind": "books#volumes", "totalItems": len(found)} | ({"items": found} if found else {})
        return odd or Odd(body=json.dumps(whole))


def volume(isbn: str, **more: Any) -> dict[str, Any]:
    """As it answers one by `isbn:`."""
    info = {
        "title": "The left hand of darkness", "authors": ["Ursula K. Le Guin"], "publisher": "Penguin",
        "publishedDate": "2000-07-01", "pageCount": 304, "language": "en",
        "industryIdentifiers": [{"type": "ISBN_13", "identifier": isbn}],
        "imageLinks": {"thumbnail": "http://books.google.com/books/content?id=GjAS&zoom=1&edge=curl&source=gbs_api"},
    }  # fmt: skip
    return {"kind": "books#volume", "id": "GjASzgEACAAJ", "volumeInfo": info | more}
