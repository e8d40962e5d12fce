"""What a source writes about a book, as our columns take it: one line of text, an address, a number of pages."""

import html
import re
import unicodedata
from typing import Any

from task.books.models import ADDRESS_LENGTH
from task.jobs.services.replies import one_line, web_address
from task.kit.keys import fold_name

MOST_PAGES = 100_000

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Marks of byte order and direction, and what only shows where a line may break. The joiners stay: scripts need them.
MARKS = re.compile("^\u00ef\u00bb\u00bf|[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe]")


def clean(value: Any, length: int) -> str:
    """A text of one line, as it is read: without entities and marks. A number counts as one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    text = value[: length * 8]
    for _ in range(2):  # some have been escaped twice
        text = ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return one_line(MARKS.sub("", text), length)


def clean_url(value: Any) -> str:
    return web_address(value, ADDRESS_LENGTH)


# Pages

ROMAN = r"[ivxlcdm]+"
COUNT = rf"\[?(?:\d+|{ROMAN})\]?"
COUNTS = rf"{COUNT}(?:\s*[,;]\s*{COUNT})*"
UNIT = (
    r"(?:unnumbered |unpaged |numbered )?(?:p|pp|pgs?|pages?|s|ss|seiten?|sider|sidor|pág|págs|páginas?|pag|pagine"
    r"|str|stron|leaves|leaf|bl|blatt|с|стр|страниц|頁|页|ページ)"
)
COUNTED = re.compile(rf"(?<![\w\[])({COUNTS})\s*{UNIT}(?![^\W\d_])(?!\.? of plates)")
ONLY_COUNTS = re.compile(rf"(?:ca?\.?\s*)?({COUNTS})[\s.,;:]*")
THOUSANDS = re.compile(r"(?<![\d,.])(\d)[.,](\d{3})(?!\d)")


def clean_pages(value: Any) -> int | None:
    """251, "251", "251 p.", "viii, 251 p." and "[8], 251 p." are 251; "2 v." and what no book has are None."""
    if isinstance(value, str):
        value = pages_in(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= MOST_PAGES else None


def pages_in(text: str) -> int | None:
    """Of several numbers before "p." the largest; one in brackets, which nobody printed, only where it is alone."""
    text = THOUSANDS.sub(r"\1\2", unicodedata.normalize("NFKC", text[:200]).casefold()).strip()
    if only := ONLY_COUNTS.fullmatch(text):
        counts = [only[1]]
    else:
        counts = [found[1] for found in COUNTED.finditer(text)]
    numbers = [
        (not bracket, int(digits)) for each in counts for bracket, digits in re.findall(r"(\[?)(\d{1,12})", each)
    ]
    return max(numbers)[1] if numbers else None


# What says nothing

NO_TITLE = frozenset({
    "n/a", "n.a", "tba", "tbd", "tbc", "to be announced", "to be confirmed", "title to be announced", "title tba",
    "undefined", "nan", "object object", "no title", "no title available", "title not available", "not available",
    "title unknown", "unknown title", "title missing", "missing title", "title not found", "unknown book",
    "test title", "test book", "book title", "placeholder", "placeholder title", "dummy title", "dummy book",
    "sans titre", "ohne titel", "sin titulo", "senza titolo", "sem titulo", "zonder titel", "uten tittel",
    "без названия", "無題", "无题",
})  # fmt: skip
# There are books of these titles: they say something where somebody has written them.
DOUBTFUL = frozenset({"untitled", "unknown", "none", "null", "nil", "title", "test", "book", "isbn", "dummy"})
NO_NAME = frozenset({
    "n/a", "n.a.", "none", "null", "undefined", "nan", "unknown", "unknown author", "author unknown", "no author",
    "author", "author name", "not available", "tba", "tbd",
})  # fmt: skip
NUMBER_FOR_TITLE = re.compile(
    r"(?:(?:book|title|isbn|ean|item|product|record|isbn-?1[03])\W*)*(?:97[89][\d -]{10,16}|\d{9}[\dx])"
)


def is_hollow(text: str) -> bool:
    """Without a letter, a digit or a sign of its own: "", "<>", "????"."""
    return not any(map(is_telling, text))


def is_telling(sign: str) -> bool:
    kind = unicodedata.category(sign)[0]
    return kind in "LN" or (kind == "S" and not sign.isascii() and sign != "\ufffd")


def is_no_name(name: str) -> bool:
    return is_hollow(name) or name.casefold() in NO_NAME


def is_no_title(title: str, has_author: bool) -> bool:
    """Whether it stands where a title should be, and is none."""
    words = fold_name(title).strip(" .[]()<>\"'-")
    return (
        is_hollow(title)
        or words in NO_TITLE
        or NUMBER_FOR_TITLE.fullmatch(words) is not None
        or (words in DOUBTFUL and not has_author)
    )
