"""What a file is, by its first bytes: a table or a list that is read, or something else, in one sentence."""

import re
from enum import StrEnum

HEAD = 4096  # bytes that tell
SIZE = 20_000_000  # bytes
MOST_ROWS = 100_000


class FileFault(Exception):
    """Why a file can't be read: a whole sentence."""


class TooManyRows(FileFault):
    """More than MOST_ROWS: those before have been read."""


class Kind(StrEnum):
    TEXT = "text"  # CSV, TSV, a list
    XLSX = "xlsx"
    MARC = "marc"  # ISO 2709
    MARCXML = "marcxml"


SAVE = "Save it as CSV or XLSX and send it again."
PICTURE = "is a picture. Send it with “Choose photos”."
BIBLIOGRAPHY = "Export the books as CSV and send that."
# How a file begins, and what is said of it behind its name.
BEGINNINGS: list[tuple[bytes, str]] = [
    (rb"%PDF-", f"is a PDF. {SAVE}"),
    (rb"\{\\rtf", "is a text with formatting (RTF). Save it as plain text and send it again."),
    (
        rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f"is an old Excel file (.xls), or it has a password. Open it in a spreadsheet. {SAVE}",
    ),
    (rb"\x09\x08[\x00-\x10]\x00", f"is an old Excel file (.xls). Open it in a spreadsheet. {SAVE}"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM....\x00\x00|II\*\x00|MM\x00\*", PICTURE),
    (rb"....ftyp(?:heic|heix|mif1|msf1|hevc|avif)", PICTURE),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ", "is a compressed archive. Unpack it and send the table that is in it."),
    (rb"SQLite format 3", f"is a database. {BIBLIOGRAPHY}"),
    (
        rb"(?is)\s*(?:<\?xml.{0,400})?(?:<!--.{0,400}-->\s*)?<(?:!doctype html|html|head|meta|table|style)\b",
        f"is a web page, whatever its name says. Open it in a spreadsheet. {SAVE}",
    ),
    (rb"MIME-Version:", f"is a web page, whatever its name says. Open it in a spreadsheet. {SAVE}"),
    (rb"(?is)\s*<\?xml.{0,400}office:spreadsheet", f"is an old Excel file (XML). Open it in a spreadsheet. {SAVE}"),
    (rb"(?s)\s*<\?xml|\s*<[a-zA-Z][\w:-]{0,40}[\s>]", f"is an XML file. {BIBLIOGRAPHY}"),
    (
        rb"(?is)\s*(?:%[^\n]{0,500}\s+)*@(?:book|article|inbook|incollection|misc|string|comment|preamble)\s*[{(]",
        f"is a bibliography (BibTeX). {BIBLIOGRAPHY}",
    ),
    (rb"\s*TY  - ", f"is a bibliography (RIS). {BIBLIOGRAPHY}"),
    (rb"\s*%0 [A-Z]", f"is a bibliography (EndNote). {BIBLIOGRAPHY}"),
    (rb"\s*[\[{]\s*(?:[\"{\]}]|$)", f"is a JSON file. {BIBLIOGRAPHY}"),
]
ISO_2709 = re.compile(rb"\s{0,10}\d{5}[acdnp ][a-z][a-z ][ a-z\d]([ a])\d\d\d{5}")
BEFORE_ROOT = (
    rb"(?s)\s*(?:(?:<\?xml.{0,400}?\?>|<!--.{0,400}?-->|<!DOCTYPE[^\[>]{0,400}(?:\[.{0,2000}?\]\s*)?>)\s*){0,9}"
)
MARC_XML = re.compile(BEFORE_ROOT + rb"<(?:\w+:)?(?:collection|record|searchRetrieveResponse)\b")
PATTERNS = [(re.compile(pattern, re.DOTALL), sentence) for pattern, sentence in BEGINNINGS]
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
ODD = re.compile(rb"[\x00\x05-\x08\x0e-\x1a\x7f]")  # besides what scanners send


def sniff(beginning: bytes, name: str) -> Kind:
    """What a file with these first bytes (HEAD of them are enough) is. Raises FileFault with one sentence."""
    if not beginning.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise FileFault(f"{name} is empty. Choose a file with books in it.")
    if beginning.startswith(b"PK\x03\x04"):
        return zipped(beginning, name)
    if beginning.startswith((b"PK\x05\x06", b"PK\x07\x08")):
        raise FileFault(f"{name} is a compressed archive. Unpack it and send the table that is in it.")
    text = beginning[3:] if beginning.startswith(b"\xef\xbb\xbf") else beginning
    if ISO_2709.match(text):
        return Kind.MARC
    if MARC_XML.match(text):
        return Kind.MARCXML
    for pattern, sentence in PATTERNS:
        if pattern.match(text):
            raise FileFault(f"{name} {sentence}")
    is_wide = beginning.startswith((b"\xff\xfe", b"\xfe\xff")) or wide(beginning)
    if not is_wide and len(ODD.findall(beginning)) > len(beginning) // 50 + 2:
        raise FileFault(f"{name} is neither a table nor a text. {SAVE}")
    return Kind.TEXT


def zipped(beginning: bytes, name: str) -> Kind:
    """A ZIP file names its first parts in its first bytes."""
    if b"mimetypeapplication/vnd.oasis" in beginning:
        raise FileFault(f"{name} is an OpenDocument file. {SAVE}")
    if b"mimetypeapplication/epub" in beginning:
        raise FileFault(f"{name} is an electronic book. Send a table of books.")
    if b"word/" in beginning or name.lower().endswith(".docx"):
        raise FileFault(f"{name} is a Word document. {SAVE}")
    if b"ppt/" in beginning:
        raise FileFault(f"{name} is a presentation. {SAVE}")
    if b"[Content_Types].xml" in beginning or b"xl/" in beginning or name.lower().endswith((".xlsx", ".xlsm")):
        return Kind.XLSX
    raise FileFault(f"{name} is a compressed archive. Unpack it and send the table that is in it.")


def wide(sample: bytes) -> str:
    """UTF-16 without a mark: every second byte of Western text is 0."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(sample) >= 4 and max(even, odd) > len(sample) * 0.3 and min(even, odd) <= len(sample) * 0.02:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""
