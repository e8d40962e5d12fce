"""MARC records, one after the other, in constant memory: ISO 2709 from any place, MARCXML in one go.

pymarc reads what is in a record of ISO 2709. Where a record ends is looked for here: by its end mark and not by the
length in its leader, so that one with a wrong length costs no other.
"""

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import pymarc

from task.books.files.cells import Stream
from task.books.files.kinds import FileFault

END = b"\x1d"
BETWEEN = b"\r\n\x00 \x1a"  # some programs write a line end behind each record
CHUNK = 65_536
LONGEST = 1_000_000  # bytes of a record; the format has at most 99,999
MOST_FIELDS = 20_000
MOST_CHARACTERS = 1_000_000

logging.getLogger("pymarc").setLevel(logging.ERROR)  # it tells of each odd indicator


@dataclass
class Marc:
    """A record: its fields by their tags, each as (code, text) pairs; a control field has one pair with the code ""."""

    number: int  # from 1
    behind: int = 0  # the byte behind it
    leader: str = ""
    fields: dict[str, list[list[tuple[str, str]]]] = field(default_factory=dict)
    fault: str = ""  # why it can't be read: the end of a sentence

    def add(self, tag: str, pairs: list[tuple[str, str]]) -> None:
        self.fields.setdefault(tag, []).append(pairs)


def binary(file: IO[bytes], number: int = 0, position: int = 0) -> Iterator[Marc]:
    """The records behind a place."""
    file.seek(position)
    for raw, behind, has_end in pieces(file, position):
        content = raw.strip(BETWEEN)
        if not content:
            continue
        number += 1
        if has_end or not is_cut(content):
            yield decoded(content, Marc(number, behind))
        else:
            yield Marc(number, behind, fault="the file ends in the middle of it")


def pieces(file: IO[bytes], position: int) -> Iterator[tuple[bytes, int, bool]]:
    """(bytes up to an end mark, the byte behind it, whether there is one); of more than LONGEST the beginning."""
    kept, length = b"", 0
    while chunk := file.read(CHUNK):
        *ended, rest = chunk.split(END)
        for part in ended:
            position += length + len(part) + 1
            yield (kept + part)[: LONGEST + 1], position, True
            kept, length = b"", 0
        length += len(rest)
        kept = (kept + rest)[: LONGEST + 1]
    yield kept, position + length, False


def is_cut(content: bytes) -> bool:
    """Whether its leader says that there is more of it."""
    return content[:5].isdigit() and int(content[:5]) > len(content) + 1


def decoded(content: bytes, record: Marc) -> Marc:
    if len(content) > LONGEST:
        record.fault = "it is longer than a MARC record can be"
        return record
    # With the length that it has: a wrong one in the leader is the most frequent fault, and harms nobody.
    content = f"{min(len(content), 99_999):05}".encode() + content[5:] + END
    is_utf8 = content[9:10] == b"a" or (not content.isascii() and is_unicode(content))
    try:
        with warnings.catch_warnings(action="ignore"):
            found = pymarc.Record(data=content, force_utf8=is_utf8, hide_utf8_warnings=True, utf8_handling="replace")
    except (pymarc.exceptions.PymarcException, ValueError, LookupError, TypeError, AttributeError):
        record.fault = "it is damaged"
        return record
    record.leader = str(found.leader)
    for each in found.fields[:MOST_FIELDS]:
        pairs = [("", each.data or "")] if each.control_field else [(one.code, one.value) for one in each.subfields]
        record.add(each.tag, pairs)
    return record


def is_unicode(content: bytes) -> bool:
    """Whether it is UTF-8, though its leader says MARC-8: of that hardly any text is."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


class MarcXml(Stream):
    """The records of a file of MARCXML, or of an answer of SRU. No definition in it is followed."""

    def __init__(self, name: str, after: int = 0) -> None:
        super().__init__(name)
        self.after, self.number, self.size = after, 0, 0
        self.record: Marc | None = None
        self.tag = self.code = ""
        self.pairs: list[tuple[str, str]] = []
        self.count = 0
        self.records: list[Marc] = []

    def read(self, content: IO[bytes]) -> Iterator[Marc]:
        content.seek(0)
        try:
            for _ in self.feed(content):
                yield from self.records
                self.records.clear()
        except ValueError:
            where = f"behind record {self.number:,}" if self.number else "at its beginning"
            raise FileFault(f"{self.name} is damaged {where}: from there on it is no XML. Export it again.") from None
        if not self.number:
            raise FileFault(f"{self.name} has no MARC records. Export the books as MARCXML or CSV and send that.")

    def too_large(self) -> FileFault:
        return FileFault(f"{self.name} is too large or too deep to be read. Split it and send the parts.")

    def begun(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "record":  # of one within another, as SRU answers, the inner one counts
            self.record, self.count, self.size = Marc(self.number + 1), 0, 0
        elif self.record is None:
            return
        elif tag in ("leader", "controlfield", "subfield"):
            self.is_text = self.record.number > self.after
            self.code = attributes.get("code", "")[:1]
        if tag in ("controlfield", "datafield"):
            self.tag, self.pairs = attributes.get("tag", "")[:3], []

    def ended(self, tag: str) -> None:
        if self.record is None:
            return
        if tag in ("leader", "controlfield", "subfield"):
            text = self.take_text()
            self.size += len(text)
            if tag == "leader":
                self.record.leader = text
            elif self.count < MOST_FIELDS and self.size < MOST_CHARACTERS:
                self.pairs.append((self.code if tag == "subfield" else "", text))
        if tag in ("controlfield", "datafield"):
            self.count += 1
            if self.pairs and self.count < MOST_FIELDS:
                self.record.add(self.tag, self.pairs)
            self.pairs = []
        elif tag == "record":
            self.end_record()

    def end_record(self) -> None:
        record, self.record = self.record, None
        assert record is not None
        if self.count:
            self.number += 1
            if self.number > self.after:
                self.records.append(record)

    def _definitions(self, *_: object) -> None:
        raise FileFault(f"{self.name} has definitions in it that no record needs. Export it again without them.")
