"""What is beside ISBNs on a line: explained, of no matter, or a number that needs mending."""

import re
from collections.abc import Iterator
from itertools import groupby

from task.books.isbn.finding import GONE, Found, Line, blanked, without
from task.books.isbn.numbers import fault_of, isbn13_of, named
from task.books.isbn.signs import NOISE, SEPARATORS, compact

A_FEW = 999  # copies that one line may stand for

ADD_ON = re.compile(r"(?<=\0)[ +\-\u00b7,;|\t\x1e]{0,3}([0-9]{5}(?: [0-9]{5})?|(?<=[\0+])[0-9]{2})(?![0-9])")
JUST_ADD_ON = re.compile(r"[^0-9A-Za-z]{0,3}[0-9]{5}[^0-9A-Za-z]{0,3}")
COPIES = r"(?:copies|copy|cop\.|exemplaires?|exemplare?|ex\.?|st(?:\u00fcck|k\.?)|pcs?\.?|pieces?)(?![a-z])"
AMOUNT = r"(?:qty|quantity|copies|quantit\u00e9|anzahl|menge|count)\.?\s?[:=]?\s?"
BEHIND = re.compile(
    rf"(?<=\0)[^0-9A-Za-z\0]{{0,10}}(?:[x*]\s?([0-9]{{1,3}})(?![0-9.,]?[0-9A-Za-z])|([0-9]{{1,3}})\s?(?:x(?![0-9a-z])|{COPIES})|{AMOUNT}([0-9]{{1,3}})(?![0-9]))\)?",
    re.IGNORECASE,
)
AHEAD = re.compile(
    rf"(?<![0-9A-Za-z.,])(?:([0-9]{{1,3}})\s?(?:[x*]|{COPIES}(?:\sof)?)|{AMOUNT}([0-9]{{1,3}}))[^0-9A-Za-z\0]{{0,3}}(?=\0)",
    re.IGNORECASE,
)
# Explained, and no more is said of it
ORNAMENTS = re.compile(
    r"""
      (?<=\0)[.,]0+(?![0-9])                                     # 9780345418913.0
    | (?<=[0-9]{12})[ +-]{1,3}[0-9]{5}(?![0-9])                    # the price code of what is no ISBN
    | (?<=\0)_[0-9]{1,3}(?![0-9]) | (?<=\0)[./]ch[0-9]{1,3}         # a chapter's DOI
    | (?:^|(?<=[,;|\t\x1e]))\s*(?:no\.?|nr\.?|\#)?\s?[#(\[]?[0-9]{1,5}\s?[.):\]]{1,2}(?=\s|\0|$)  # 12.  12)  (12)  #12:
    | \((?=[^()0-9]{0,60}[0-9]{0,4}[^()0-9]{0,30}\))[^()\0]{0,100}\)    # (pbk. : v. 1)
    | (?<![a-z])(?:isbns?|s\.?b\.?n\.?|issn|ismn|lccn|asin|oclc|doi|ean|gtin|upc|barcode|code|codice|c\u00f3digo|number
        |num\.?|numero|n\u00ba|no\.|nr\.|sku|art\.?-?nr\.?
        |pbk|hbk|hc|pb|hb|paperback|hardcover|hardback|cloth|ebook|epub|pdf|and|und|et|y|e|or)(?![a-z0-9])\.?
    """,
    re.IGNORECASE | re.VERBOSE,
)
MONTH = r"(?:jan|feb|m[a\u00e4]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]{0,6}\.?"
TIME = (
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?(?:\s?[ap]\.?m\.?)?(?:\s?Z|\s?[+-][0-9]{2}:?[0-9]{2}|\s?UTC)?"
)
DAY = rf"""
    (?:19|20)[0-9]{{2}}([-/.])[0-9]{{1,2}}\1[0-9]{{1,2}} | [0-9]{{1,2}}([-/.])[0-9]{{1,2}}\2(?:[0-9]{{4}}|[0-9]{{2}})
    | [0-9]{{1,2}}\.?\ {MONTH},?\ [0-9]{{4}} | {MONTH}\ [0-9]{{1,2}},?\ [0-9]{{4}}
"""
MOMENT = re.compile(
    rf"(?<![0-9A-Za-z-])(?:(?:{DAY})(?:[T_,;\s]{{0,3}}{TIME})?|{TIME})(?![0-9A-Za-z:]|-[0-9])",
    re.IGNORECASE | re.VERBOSE,
)
STAMP = re.compile(
    r"(?<![0-9A-Za-z.-])(?:1[0-9]{9}(?:[0-9]{3})?|(?:19|20)[0-9]{6}(?:[0-9]{4}|[0-9]{6})?)(?![0-9A-Za-z-])"
)
MONEY = r"(?:[$\u20ac\u00a3\u00a5]|US\$|USD|EUR|GBP|CHF|CAD|AUD|Fr\.|kr\.?|z\u0142)"
PRICE = re.compile(
    rf"(?<![0-9A-Za-z]){MONEY}\s?[0-9]{{1,6}}(?:[.,][0-9]{{2}})?(?![0-9])"
    rf"|(?<![0-9.,])[0-9]{{1,6}}(?:[.,][0-9]{{2}})?\s?{MONEY}|(?<![0-9.,])[0-9]{{1,5}}[.,][0-9]{{2}}(?![0-9.,])",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<![0-9A-Za-z])[c\u00a9(\[]?(?:1[4-9]|20)[0-9]{2}[)\]]?(?![0-9A-Za-z])")
PAGES = re.compile(r"(?<![0-9A-Za-z])[0-9]{1,4}\s?(?:p|pp|pgs?|pages?|s|seiten)(?![a-z0-9])\.?", re.IGNORECASE)
SMALL = re.compile(r"(?:(?<=[,;|\t\x1e])|^)\s*[0-9]{1,4}(?=\s*(?:[,;|\t\x1e]|$)|\s+\0)")  # a column of its own

PART = re.compile(rf"[^{re.escape(SEPARATORS + GONE)}]+")
ENOUGH = 7  # digits, from which on a word is a number that somebody wrote for an ISBN
WIDE = 3  # blanks: no number has so many between its groups
PAST = 14  # digits that are no longer one number in groups


def quantities(line: Line) -> dict[int, int]:
    """Copies, by where the number that they belong to begins."""
    many = {}
    for pattern in (BEHIND, AHEAD):
        for match in pattern.finditer(line.left):
            quantity = int(next(filter(None, match.groups())))
            for each in line.found:
                if each.isbn and (each.end == match.start() or each.start == match.end()) and 0 < quantity <= A_FEW:
                    many[each.start] = quantity
                    line.left = blanked(line.left, *match.span())
    return many


def explained(line: Line) -> Iterator[tuple[int, int]]:
    """Take out of the line what is explained; the places of what is worth a word."""
    line.left = without(ORNAMENTS, line.left)
    patterns = [MOMENT, STAMP, PRICE, PAGES, YEAR, SMALL] if any(each.isbn for each in line.found) else [MOMENT]
    for pattern in patterns:
        for match in pattern.finditer(line.left):
            yield match.span()
        line.left = without(pattern, line.left)


def numbers_and_words(line: Line) -> tuple[list[Found], list[tuple[int, int]]]:
    """What is left of a line: numbers to mend, and words with their places."""
    numbers, words = [], []
    for part in PART.finditer(line.left):
        pieces = [match.span() for match in re.finditer(r"\S+", part[0])]
        here = [(part.start() + start, part.start() + end) for start, end in pieces]
        has_words = any(re.search(r"[^\W\d_]{2}", line.left[start:end]) for start, end in here)
        for is_number, group in groupby(here, key=lambda span: is_digits(line.left[slice(*span)])):
            spans = list(group)
            for start, end in grouped(line.left, spans) if is_number else spans:
                number = compact(line.left[start:end])
                if not any(c.isalnum() for c in number):
                    continue
                if sum(c.isdigit() for c in number) >= ENOUGH or named(number) or (is_number and not has_words):
                    numbers.append(mended(line.left, *trimmed(line.left, start, end), number))
                else:
                    words.append((start, end))
    large = [number for number in numbers if sum(c.isdigit() for c in number.number) >= ENOUGH or named(number.number)]
    small = [(number.start, number.end) for number in numbers if number not in large] if large else []
    return large or numbers, words + small


def mended(text: str, start: int, end: int, number: str) -> Found:
    """A number that is left: good digits in unusual groups are an ISBN if all are alone, or there are 13 of them."""
    isbn = isbn13_of(number)
    if isbn and (len(number) == 13 or end - start >= 2 * len(number) - 1):
        return Found(start, end, number, isbn)
    return Found(start, end, number, fault=fault_of(number) or "its digits are not in the groups of an ISBN")


def is_digits(word: str) -> bool:
    return bool(re.fullmatch(r"[0-9]*X?", compact(word))) and word.strip("-") != ""


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the ornament around it."""
    word = text[start:end]
    return start + len(word) - len(word.lstrip(NOISE + "*-")), start + len(word.rstrip(NOISE + "*-"))


def grouped(text: str, words: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Words of digits beside each other: one number in groups, or several."""
    begun: list[tuple[int, int]] = []
    for span in words:
        if begun and (span[0] - begun[-1][1] > WIDE or compact(text[slice(*span)]).startswith(("978", "979"))):
            yield from as_one(text, begun)
            begun = []
        begun.append(span)
    yield from as_one(text, begun)


def as_one(text: str, words: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    alone = [compact(text[slice(*span)]) for span in words]
    if all(len(number) <= 7 for number in alone) and sum(map(len, alone)) <= PAST:
        yield words[0][0], words[-1][1]
    else:
        yield from words
