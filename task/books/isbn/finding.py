"""Where in a line ISBNs are, alone, in groups, glued to other signs, in an address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from task.books.isbn.layouts import digits_of
from task.books.isbn.numbers import fault_of, isbn13_of, named
from task.books.isbn.signs import compact

GONE = "\0"  # what a number has left where it was found


@dataclass(frozen=True)
class Found:
    """A number at `start` to `end` of a line: a good one has its `isbn`, a bad one its `fault`."""

    start: int
    end: int
    number: str = ""
    isbn: str = ""
    fault: str = ""
    note: str = ""


# What is written before a number and is no part of it. Blanks take its place.
BEFORE = re.compile(
    r"""
      \][A-Za-z][0-9A-Za-z](?=[0-9(])                                       # AIM, what a scanner says of the symbology
    | (?<![0-9A-Za-z])[^\s0-9A-Za-z]?[A-Za-z][01345](?=97[89][0-9]{10}(?![0-9]))       # the same on another layout
    | (?:urn:)?(?<![a-z])(?:[ep]-?)?isbn(?:[-_ ]?(?:13(?=97[89][0-9]{10}(?![0-9]))|10(?=[0-9]{9}[0-9x](?![0-9]))
        |1[03](?![0-9])))?\s*[:=#.]?
    | (?<![a-z])(?:ean|gtin|jan|upc|bookland|itf|code|qr|codabar)(?:[-_ ]?(?:(?:13|14|12|128|39|93|8|5|code)(?![0-9])
        |13(?=97[89][0-9]{10}(?![0-9]))|[aexy](?![a-z])))?\s*[:=#](?!/)
    | (?<![a-z])(?:ean|gtin|jan|upc|code)[-_ ](?:13|14|12|128|39|93|8|5|a|e)(?![0-9a-z])
    | (?<![a-z])(?:ean|gtin|jan|itf)(?:13|14|8)?(?![0-9a-z]) | (?<![a-z])ean13(?=97[89])
    | \(0[012]\)                                                     # GS1: what follows is a number of an article
    | \((?:1[0-7]|2[0-2]|24[01]|30|37|9[0-9])\)[^\s()]{0,30}         # and this is its date, batch, serial number
    | ^\s*=?0?20[\s#\\_]{0,4}(?=[$\u2021\u01c2|])                        # MARC
    | [$\u2021\u01c2]{1,2}\s?[acqz](?![a-z]{2}) | \|[aqcz](?=\s*[0-9])
    """,
    re.IGNORECASE | re.VERBOSE,
)
DOI = re.compile(r"(?:doi\s*:?\s*)?(?<![0-9])10\.[0-9]{4,9}/(?=[^\s]{0,40}97[89])", re.IGNORECASE)
ISBN_A = re.compile(r"(?:doi:?\s*)?10\.(97[89])\.([0-9]{2,8})/([0-9]{1,7})(?![0-9])", re.IGNORECASE)
PRECISE = re.compile(r"(?<![0-9])9[.,]7[89][0-9]{10}E\+?12(?![0-9])", re.IGNORECASE)
SHORTENED = re.compile(r"(?<![0-9.,])[0-9](?:[.,][0-9]{1,12})?E\+[0-9]{1,2}(?![0-9])", re.IGNORECASE)
# One sign between all groups: the hyphen of another keyboard, or what a program puts there.
EVEN_13 = re.compile(r"(?<![0-9])97[89]([^0-9A-Za-z\s,;|\0-]|\u00df)[0-9]{1,5}\1[0-9]{1,7}\1[0-9]{1,6}\1[0-9](?![0-9])")
EVEN_10 = re.compile(
    r"(?<![0-9])[0-9]{1,5}([^0-9A-Za-z\s,;|.:/\0-]|\u00df)[0-9]{1,7}\1[0-9]{1,6}\1[0-9xX](?![0-9A-Za-z])"
)
THOUSANDS = re.compile(r"(?<![0-9.,'])[0-9]{1,3}([.,'\u2019])[0-9]{3}(?:\1[0-9]{3}){1,3}(?:[.,]0{1,2})?(?![0-9])")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<![\w@.])(?:[\w-]{1,60}\.){1,4}[a-z]{2,6}/\S*", re.IGNORECASE)
ESCAPED = re.compile(r"%[0-9A-F]{2}", re.IGNORECASE)
TEN_IN_ADDRESS = re.compile(
    r"(?:/dp/|/d/|/product/|/asin/|isbn[:=/_-]?|isbn10[=/]|asin[=/]|/isbn/|bookid=|/o/)(?:[A-Za-z]{1,10}/)?$",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\(?(?<![a-z])(lccn|ocolc|oclc|issn|asin|ismn)[)\s:#.]{1,4}(?:no\.?\s*)?([a-z]{0,3}\s?[0-9][0-9A-Z/-]{3,15})"
    r"|(?<![0-9-])(?:19|20)[0-9]{2}-[0-9]{6}(?![0-9-])",
    re.IGNORECASE,
)
ISMN = re.compile(
    r"(?:ismn[\s:#.]{0,3})?(?<![0-9A-Za-z])(?:M[ -]?|979[ -]?0[ -]?)(?:[0-9][ -]?){8}[0-9](?![0-9])", re.IGNORECASE
)
KEYS = re.compile(r"(?<!\S)[^\s0-9A-WYZa-wyz]{10,18}(?!\S)")
TOKEN = re.compile(r"[0-9]+(?:[xX](?![0-9A-Za-z]))?|(?<=[0-9][ -])[xX](?![0-9A-Za-z])")
GLUE = re.compile(r" {1,3}| ?- ?")
MOST_GROUPS = 6
AGAIN = re.compile(r"(?:10|11|13|15|17|20|21|22|24|30|37|91)")  # what GS1 puts behind the number of an article


def without(pattern: re.Pattern[str], line: str) -> str:
    """The line with blanks in place of what matches."""
    return pattern.sub(lambda match: " " * len(match[0]), line)


def blanked(line: str, start: int, end: int, sign: str = " ") -> str:
    return f"{line[:start]}{sign * (end - start)}{line[end:]}"


class Line:
    """A `plain` line that is read: what has been found is taken out of `left`, place by place."""

    def __init__(self, text: str) -> None:
        self.text = self.left = text
        self.found: list[Found] = []
        self.addresses = [match.span() for match in ADDRESS.finditer(text)] if "/" in text or "www" in text else []
        self._typed_elsewhere()
        self._unescape()
        self._in_one_form()
        self._of_others()
        self.left = without(BEFORE, self.left)
        self.tokens: list[re.Match[str]] = []

    def add(self, found: Found) -> None:
        self.found.append(found)
        self.left = blanked(self.left, found.start, found.end, GONE)

    def _typed_elsewhere(self) -> None:
        for word in KEYS.finditer(self.left):
            typed = digits_of(word[0])
            good = {isbn13_of(digits[:13]): name for name, digits in reversed(typed) if isbn13_of(digits[:13])}
            if len(good) == 1:
                ((isbn, name),) = good.items()
                note = f"Typed on {name}. Set the scanner to the layout of this computer."
                self.add(Found(*word.span(), isbn, isbn, note=note))
            elif bad := [(name, digits) for name, digits in typed if digits.startswith(("978", "979"))]:
                name, digits = bad[0]
                fault = f"it was typed on {name} and means {digits[:13]}: {fault_of(digits[:13])}"
                self.add(Found(*word.span(), fault=fault))

    def _unescape(self) -> None:
        for start, end in self.addresses:
            address = ESCAPED.sub("   ", self.left[start:end])
            self.left = self.left[:start] + address + self.left[end:]

    def _in_one_form(self) -> None:
        """What is one number by its form, and would be several by its signs."""
        for pattern in (ISBN_A, PRECISE, EVEN_13, EVEN_10, THOUSANDS, SHORTENED):
            for match in pattern.finditer(self.left):
                digits = re.sub(r"[^0-9xX]", "", match[0]).upper()
                if pattern is ISBN_A:
                    digits = "".join(match.groups())
                elif pattern is PRECISE:
                    digits = digits[:13]
                elif pattern is SHORTENED:
                    self.add(Found(*match.span(), fault=fault_of(match[0].upper().replace(",", "."))))
                    continue
                elif pattern is THOUSANDS:
                    digits = re.sub(r"[^0-9]", "", re.sub(r"[.,]0{1,2}$", "", match[0]))
                if isbn := isbn13_of(digits):
                    self.add(Found(*match.span(), digits, isbn))
        self.left = without(DOI, self.left)

    def _of_others(self) -> None:
        """Numbers that say themselves what they are."""
        for match in ISMN.finditer(self.left):
            number = compact(match[0]).removeprefix("ISMN").lstrip(":#.")
            self.add(Found(*match.span(), fault=fault_of(number)))
        for match in OTHERS.finditer(self.left):
            number = compact(match[2] or match[0])
            if not isbn13_of(number) or not match[1]:
                fault = named(f"{match[1] or 'LCCN'}:{number}".upper()) or fault_of(number)
                self.add(Found(*match.span(), fault=fault))

    def find(self) -> "Line":
        self.tokens = list(TOKEN.finditer(self.left))
        place = 0
        while place < len(self.tokens):
            found = self._alone(place)
            taken = 1
            if not found and (joined := self._joined(place)):
                found, taken = [joined[0]], joined[1]
            for each in found:
                self.add(each)
            if taken == 1 and found:
                self._clear_around(self.tokens[place], found)
            place += taken
        self.found.sort(key=lambda found: found.start)
        self._drop_twins()
        return self

    def _clear_around(self, token: re.Match[str], found: list[Found]) -> None:
        """What else a run of digits says, if it is no price code: a 0 before, GS1's names and values."""
        ends = [token.start(), *(each.end for each in found)]
        starts = [*(each.start for each in found), token.end()]
        for start, end in zip(ends, starts, strict=True):
            if start == token.start() or end - start == 1:
                self.left = blanked(self.left, start, end)
        if self.left[token.start() : token.start() + 2] == "  " and ends[-1] < token.end():  # GS1 to its end
            rest = re.compile(r"\S*").match(self.left, ends[-1])
            self.left = blanked(self.left, ends[-1], rest.end() if rest else ends[-1])

    def _alone(self, place: int) -> list[Found]:
        """The ISBNs of one run of digits."""
        token = self.tokens[place]
        digits = token[0].upper()
        if len(digits) == 13 and (isbn := isbn13_of(digits)):
            return [Found(*token.span(), digits, isbn)]
        if len(digits) == 10 and (isbn := isbn13_of(digits)) and self._may_be_ten(*token.span()):
            return [Found(*token.span(), digits, isbn)]
        return [
            Found(token.start() + start, token.start() + end, digits[start:end], isbn13_of(digits[start:end]))
            for start, end in laid_out(digits)
        ]

    def _may_be_ten(self, start: int, end: int) -> bool:
        """Ten digits are a book where they are by themselves, and not a piece of something else."""
        before, after = self.left[max(0, start - 20) : start], self.left[end : end + 20]
        if self._in_address(start):
            return bool(TEN_IN_ADDRESS.search(self.text, max(0, start - 30), start)) and not after[:1].isalnum()
        if re.search(r"[A-Za-z_]{2}$|[0-9][.:-] ?$|\+$", before):
            return False
        return not re.match(r"[A-Za-z_]{2}|[.:-][0-9]", after) or bool(re.match(r"(?:[.]0+|-[0-9]{5})(?![0-9])", after))

    def _in_address(self, place: int) -> bool:
        return any(start <= place < end for start, end in self.addresses)

    def _joined(self, place: int) -> tuple[Found, int] | None:
        """The ISBN that begins at this token and goes on in the next ones, and how many tokens that are."""
        digits, ten = self.tokens[place][0], None
        signs: list[str] = []
        for last in range(place + 1, min(place + MOST_GROUPS, len(self.tokens))):
            if not (sign := self._glue(last)):
                break
            digits += self.tokens[last][0].upper()
            signs.append(sign)
            if len(digits) > 13:
                break
            start, end = self.tokens[place].start(), self.tokens[last].end()
            if len(digits) == 13 and (isbn := isbn13_of(digits)):
                return Found(start, end, digits, isbn), last - place + 1
            if len(digits) == 10 and (isbn := isbn13_of(digits)) and self._is_ten(place, last, signs):
                ten = Found(start, end, digits, isbn), last - place + 1
        return ten

    def _glue(self, place: int) -> str:
        """What joins this token to the one before it: "-", " ", or ""."""
        if not 0 < place < len(self.tokens):
            return ""
        between = self.left[self.tokens[place - 1].end() : self.tokens[place].start()]
        return ("-" if "-" in between else " ") if GLUE.fullmatch(between) else ""

    def _is_ten(self, first: int, last: int, signs: list[str]) -> bool:
        if len(set(signs)) > 1 or self._in_address(self.tokens[first].start()):
            return False
        around = self._glue(first), self._glue(last + 1)
        is_labelled = "isbn" in self.text.lower()
        has_check_digit = len(self.tokens[last][0]) == 1  # by itself, as in no telephone number
        if not (has_check_digit or is_labelled or len(signs) == 1):
            return False
        return around == ("", "") or (has_check_digit and (len(signs) == 3 or signs[0] == "-") and "-" not in around)

    def _drop_twins(self) -> None:
        """A book in both lengths on one line, or twice in one address, is one."""
        kept: list[Found] = []
        for found in self.found:
            before = kept[-1] if kept else None
            if before and found.isbn and before.isbn == found.isbn:
                if self._in_address(found.start) and self._in_address(before.start):
                    continue
                if len(found.number) != len(before.number):
                    kept[-1] = max(before, found, key=lambda each: len(each.number))
                    continue
            kept.append(found)
        self.found = kept


def laid_out(digits: str) -> list[tuple[int, int]]:
    """Where ISBNs are in a long run of digits, if with what may be beside them they explain all of it; else nothing."""
    length = len(digits)
    if length < 14 or not digits.isdigit():
        return []
    if digits.startswith("010") and isbn13_of(digits[3:16]) and (length == 16 or AGAIN.match(digits, 16)):
        return [(3, 16)]
    if length in (20, 23):
        for sizes in ((10, 10), (10, 13), (13, 10)):
            if sum(sizes) == length and isbn13_of(digits[: sizes[0]]) and isbn13_of(digits[sizes[0] :]):
                return [(0, sizes[0]), (sizes[0], length)]
    return [] if (-1, -1) in tiles(digits) else list(tiles(digits))


def tiles(digits: str) -> Iterator[tuple[int, int]]:
    """ISBNs of 13 digits one behind the other, with a 0 before or a price code behind them; (-1, -1) where it fails."""
    place, length = 0, len(digits)
    while place < length:
        place += digits[place] == "0"
        if length - place < 13 or not isbn13_of(digits[place : place + 13]):
            yield -1, -1
            return
        yield place, place + 13
        place += 13
        rest = length - place
        if rest in (2, 5) or (rest > 5 and not starts(digits, place) and starts(digits, place + 5)):
            place += 5


def starts(digits: str, place: int) -> bool:
    return digits.startswith(("978", "979", "0978", "0979"), place)
