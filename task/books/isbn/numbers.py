"""One number, without what surrounds it: whether it is an ISBN, else why not and what it may be."""

import re
from functools import lru_cache

from stdnum import ean, isbn, isni, issn

LONGEST = 100  # characters of one ISBN with all that people write around it
PLACEHOLDERS = {"0123456789", "1234567890", "123456789X", "9781234567897", "9780123456786", "9780000000000"}
LETTERS = str.maketrans("OQDILSBZG", "000115826")  # what is taken for a digit by whoever types or reads print
TEXT_COLUMN = "a spreadsheet has shortened it; format the column as text and export it again"


@lru_cache(maxsize=4096)
def isbn13_of(number: str) -> str:
    """The 13 digits of an ISBN of 10 or 13 (`compact`); "" when it is none."""
    if len(number) not in (10, 13) or not number.isascii() or not number.isalnum() or is_placeholder(number):
        return ""
    if number.startswith("9790") or not isbn.is_valid(number):
        return ""
    return str(isbn.to_isbn13(number))


def is_placeholder(number: str) -> bool:
    """Whether a form or a program has put it where no ISBN is known, though its check digit may be right."""
    return number in PLACEHOLDERS or (len(number) in (10, 13) and len(set(number)) == 1)


def check_digit(number: str) -> str:
    """The digit that should stand at the end of `number`, which has the right length."""
    choices = "0123456789X" if len(number) == 10 else "0123456789"
    return next(digit for digit in choices if isbn.is_valid(number[:-1] + digit))


@lru_cache(maxsize=1024)
def fault_of(number: str) -> str:
    """Why `number` (compact) is not an ISBN, as the end of a sentence; "" when it is one."""
    if isbn13_of(number):
        return ""
    if fault := named(number):
        return fault
    if not re.fullmatch(r"\d*X?", number):
        if re.fullmatch(r"[\dX]*", number):
            return "X can only be the last of ten digits"
        if offers_of(number):
            return "it has letters among its digits, which may be meant as digits"
        return "it has letters or signs in it"
    if is_placeholder(number):
        return "it is a placeholder, as programs put it where no ISBN is known"
    return of_digits(number)


NONE_SAID = "it says that there is none"

# What other things have numbers, and how one knows them
NAMED = [
    (r"\d(?:[.,]\d+)?E\+?\d+", TEXT_COLUMN),
    (r"(?:ISMN:?)?M\d{9}", "it is an ISMN, the number of printed music"),
    (r"(?:ASIN:?)?B0[0-9A-Z]{8}", "it is an ASIN, Amazon's number for what has no ISBN"),
    (r"ISSN:?\d{7}[\dX]", "it is an ISSN, the number of a magazine or newspaper"),
    (r"\(?(?:OCOLC:?|OCLC:?|OCM|OCN|ON)\)?\d{6,12}", "it is an OCLC number, WorldCat's number for a record"),
    (r"LCCN:?[A-Z0-9/]+|(?:N|NB|NO|NR|NS|SH|SN|GF)\d{8,10}", "it is an LCCN, a number of the Library of Congress"),
    (r"(?:DOI:?)?10\.\d{4,9}/.*", "it is a DOI, and there is no ISBN in it"),
    (r"#?N/?A|#?N/?V|NONE|NULL|NAN|UNKNOWN|TBD|NOISBN|WITHOUTISBN|OHNE|SANS|\?+", NONE_SAID),
    (r"OL\d{1,12}[MWA]", "it is a number of Open Library, and no ISBN"),
]
NAMED_PATTERNS = [(re.compile(pattern), fault) for pattern, fault in NAMED]


def named(number: str) -> str:
    """What a number is that has letters of its own."""
    return next((fault for pattern, fault in NAMED_PATTERNS if pattern.fullmatch(number)), "")


def of_digits(number: str) -> str:
    """Of digits alone, or digits and X at the end."""
    length = len(number)
    if length == 13:
        if number.startswith("9790"):
            return "it begins with 979-0, so it is an ISMN, the number of printed music"
        if number.startswith("977"):
            return "it begins with 977, so it is the number of a magazine or newspaper"
        if number.endswith("X"):
            return "X can only be the last of ten digits"
        if number.startswith("0") and ean.is_valid(number):
            return UPC
        if not number.startswith(("978", "979")):
            return "an ISBN of 13 digits begins with 978 or 979"
    if length in (10, 13):
        return f"its check digit should be {check_digit(number)}"
    size = f"it has {length} digit{'s' if length != 1 else ''}"
    if length == 5 and number.isdigit():
        return f"{size}, as the price code beside a book's barcode has"
    if length == 8:
        if issn.is_valid(number):
            return "it is an ISSN, the number of a magazine or newspaper"
        if ean.is_valid(number):
            return "it is an EAN-8, the number of a small product"
    if length == 18 and number.startswith(("978", "979")) and number.isdigit():
        return f"without the price code at its end, {fault_of(number[:13])}"
    if length == 9 and isbn13_of(f"0{number}"):
        return f"{size}: it is an old SBN or has lost the 0 before it, or its last digit is missing"
    if length in (12, 17) and number.isdigit() and ean.is_valid(f"0{number[:12]}"):
        return UPC
    if length == 16 and isni.is_valid(number):
        return "it is an ISNI or ORCID, the number of a person"
    return f"{size}, and an ISBN has 10 or 13"


UPC = "it is a UPC, the number of a product; the ISBN may be inside the cover"


def offers_of(number: str) -> tuple[str, ...]:
    """The ISBN-13s that `number` (compact) may be meant as, the likeliest first."""
    return tuple(dict.fromkeys(filter(None, map(isbn13_of, [number, *readings(number)]))))


def readings(number: str) -> list[str]:
    """What a number was before something got lost, or came to it."""
    if not re.fullmatch(r"\d*X?", number):
        meant = number.translate(LETTERS)
        return [meant] if len(meant) in (10, 13) and sum(c.isdigit() for c in number) >= 7 else []
    match len(number), number.isdigit():
        case 8, _ if not issn.is_valid(number):  # a spreadsheet took two zeros for nothing
            return [f"00{number}"]
        case 9, True:
            return [f"0{number}", number + check_digit(f"{number}0")]
        case 9, False:
            return [f"0{number}"]
        case 12, True if number.startswith(("978", "979")):  # a scanner that sends no check digit
            return [number + check_digit(f"{number}0")]
        case 12, True if number.startswith(("78", "79")):  # or not the first digit
            return [f"9{number}"]
        case 13, True if number.startswith("978"):  # somebody wrote 978 before an ISBN of ten digits
            return [number[3:]]
        case length, True if 13 < length <= LONGEST:
            inner = [number[begin : begin + 13] for begin in range(length - 12)]
            cartons = [number[1:13] + check_digit(f"{number[1:13]}0")] if number[1:4] in ("978", "979") else []
            is_carton = length == 14 and ean.is_valid(number)
            return [n for n in inner if n.startswith(("978", "979"))] + (cartons if is_carton else [])
    return []
