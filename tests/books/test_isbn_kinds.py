"""Each way in which a number comes to the desk, as a table: what is read, or the sentence."""

import random

import pytest

from task.books.isbn import LONGEST, Piece, check_digit, read, to_isbn13

H, O, S, X = "9780345418913", "9780451524935", "0345391802", "843760494X"  # noqa: E741
S13, X13 = "9780345391803", "9788437604947"
SHELF = "https://www.amazon.com/Hitchhikers-Guide-Galaxy"


def books(text: str) -> list[str]:
    """The ISBNs of a text, each as often as copies are told; no line has more than one note."""
    pieces = list(read(text))
    assert [piece.sentence for piece in pieces if piece.kind == "refused"] == []
    assert sum(bool(piece.note) for piece in pieces) <= text.count("\n") + 1
    return [piece.isbn for piece in pieces for _ in range(piece.quantity if piece.isbn else 0)]


SIGNS_ATTACHED = {
    "price codes": {
        f"{H}51399": [H],
        f"{H}+51399": [H],
        f"{H}\n90000": [H],
        f"{H} 51399": [H],
        f"{H}-51399": [H],
        f"{H},51399": [H],
        f"{H}\t90000": [H],
        f"{H}05": [H],
        f"{H}+05": [H],
        f"{H}51399{O}51499": [H, O],
        f"{H}\n\n50799\n{O}\n90000": [H, O],
        f"{H} 51399 90000": [H],
        f"{S}-51399": [S13],
        f"{H}?": [H],
    },
    "scanners' signs": {
        f"]E0{H}": [H],
        f"]C1{H}": [H],
        f"]d2010{H}": [H],
        f"]Q3{H}": [H],
        f"]E0{H}51399": [H],
        f"]e0010{H}": [H],
        f"+E0{H}": [H],
        f"F{H}": [H],
        f"d{H}": [H],
        f"*{H}*": [H],
        f"A{H}B": [H],
        f"a{S}d": [S13],
        f"\x02{H}\x03": [H],
        f"{H}\x00": [H],
    },
    "GS1": {
        f"0{H}": [H],
        f"(01)0{H}": [H],
        f"010{H}": [H],
        f"(01)0{H}(21)A77": [H],
        f"(01)0{H}(17)260101(10)L1": [H],
        f"010{H}21ABC\x1d10L1": [H],
        f"0{H}0{O}": [H, O],
        f"https://id.gs1.org/01/0{H}": [H],
    },
    "two run together": {
        f"{H}{O}": [H, O],
        f"{H}{O}{S13}": [H, O, S13],
        f"{H}{O}51399": [H, O],
        f"{S}0451524934": [S13, O],
        f"{H}{S}": [H, S13],
        f"{S}{H}": [S13, H],
    },
    "spreadsheets": {
        f"{H}.0": [H],
        f"{H}.00": [H],
        f"{S}.0": [S13],
        f'="{H}"': [H],
        f'"=""{H}"""': [H],
        f"'{H}": [H],
        "9.780345418913E+12": [H],
        "9,780345418913E+12": [H],
        "9,780,345,418,913": [H],
        "9.780.345.418.913,00": [H],
        "9'780'345'418'913": [H],
        "9 780 345 418 913": [H],
        f'=HYPERLINK("https://openlibrary.org/isbn/{H}")': [H],
    },
    "letters and labels": {
        f"{H}(pbk.)": [H],
        f"ISBN13{H}": [H],
        f"ISBN10{S}": [S13],
        f"ISBN{H}": [H],
        f"ISBN:{H}": [H],
        f"ISBN-13: {H}": [H],
        f"eISBN-13 {H}": [H],
        f"p-ISBN {H}": [H],
        f"urn:isbn:{H}": [H],
        f"EAN{H}": [H],
        f"EAN13:{H}": [H],
        f"ＩＳＢＮ：{H}": [H],
        f"{H}pbk": [H],
    },
    "addresses": {
        f"https://openlibrary.org/isbn/{H}": [H],
        f"openlibrary.org/isbn/{S}": [S13],
        f"https://www.worldcat.org/isbn/{H}": [H],
        f"https://www.goodreads.com/book/isbn/{S}": [S13],
        f"https://www.goodreads.com/search?q={H}&qid=1714557600": [H],
        f"https://www.amazon.com/dp/{S}": [S13],
        f"{SHELF}/dp/{S}/ref=sr_1_1?keywords=guide&qid=1714557600&sr=8-1": [S13],
        f"https://www.amazon.de/gp/product/{S}?tag=x-21": [S13],
        f"http://www.amazon.com/exec/obidos/ASIN/{X}": [X13],
        f"https://www.abebooks.com/{H}/Hitchhikers-Guide-{S}": [H],
        f"https://books.google.com/books?vid=ISBN{H}&q=1": [H],
        "https://example.org/?isbn=978-0-345-41891-3": [H],
        f"https://example.org/?q=isbn%3A{H}": [H],
        f"https://example.org/?q=%20{H}": [H],
        f"https://covers.openlibrary.org/b/isbn/{H}-L.jpg": [H],
        f"https://openlibrary.org/isbn/{H}, https://openlibrary.org/isbn/{O}": [H, O],
        f"<https://openlibrary.org/isbn/{H}>": [H],
        f"[a book](https://openlibrary.org/isbn/{H})": [H],
        f"https://example.org/{H}/cover/{H}.jpg": [H],
    },
    "DOI and ISBN-A": {
        "https://doi.org/10.1007/978-3-319-12345-5": ["9783319123455"],
        "10.1007/978-3-319-12345-5_12": ["9783319123455"],
        f"doi:10.1002/{H}.ch3": [H],
        f"DOI: 10.1017/CBO{H}": [H],
        "10.978.0345/418913": [H],
        "https://doi.org/10.978.0345/418913": [H],
    },
    "MARC": {
        f"$a{H}": [H],
        f"$a {H} (pbk.)": [H],
        f"=020  \\\\$a{H}$q(pbk)": [H],
        f"020 ## $a {H} (pbk. : alk. paper)": [H],
        f"\u2021a{H}": [H],
        f"020$a{H}": [H],
        f"|a{H}": [H],
    },
    "quotes and brackets": {
        f"\u201c{H}\u201d": [H],
        f"\u2018{H}\u2019": [H],
        f"\u00ab{H}\u00bb": [H],
        f"\u201e{H}\u201c": [H],
        f"\u300c{H}\u300d": [H],
        f"[{H}]": [H],
        f"{{{H}}}": [H],
        f"`{H}`": [H],
        f"| {H} |": [H],
    },
    "pairs": {
        f"{H}/{O}": [H, O],
        f"{H}&{O}": [H, O],
        f"{H} & {O}": [H, O],
        f"{H}+{O}": [H, O],
        f"{H} and {O}": [H, O],
        f"{H}|{O}": [H, O],
        f"{H}\u3001{O}": [H, O],
        f"{S}/{H}": [S13, H],
    },
    "control characters": {
        f"{H}\x0b{O}": [H, O],
        f"{H}\x0c{O}": [H, O],
        f"{H}\x1d{O}": [H, O],
        f"{H}\x1e{O}": [H, O],
        f"{H}\x1c{O}\x1f": [H, O],
        f"\x02{H}\x03\x02{O}\x03": [H, O],
        f"{H}\x85{O}": [H, O],
        f"{H}\u2028{O}": [H, O],
        f"{H}\x04{O}": [H, O],
    },
}
GROUPS_AND_WORDS = {
    "in groups beside words": {
        "ISBN 978 0 345 41891 3 (pbk)": [H],
        "1. 978 0 345 41891 3": [H],
        "978 0 345 41891 3 978 0 451 52493 5": [H, O],
        "978 0 345 41891 3 and 978 0 451 52493 5": [H, O],
        "978-0-345-41891-3 / 978-0-451-52493-5": [H, O],
        "9 780345 418913": [H],
        "978 0345418913": [H],
        "978-0345418913": [H],
        "978 - 0 - 345 - 41891 - 3": [H],
        "ISBN 0 345 39180 2 (hardcover)": [S13],
        "0 345 39180 2 0 451 52493 4": [S13, O],
        "ISBN-10: 0345391802 ISBN-13: 978-0345391803": [S13],
        "12) 84 376 0494 X": [X13],
        "978 0 345 41891 3 51399": [H],
        "9 7 8 0 3 4 5 4 1 8 9 1 3": [H],
        "9-7-8-0-3-4-5-4-1-8-9-1-3": [H],
        "0 3 4 5 3 9 1 8 0 2": [S13],
        "97 8034 5418 913": [H],
        "Dune 978 0 345 41891 3 Chilton": [H],
    },
    "words around": {
        f"1) {H}": [H],
        f"12. {H}": [H],
        f"(3) {H}": [H],
        f"#4: {H}": [H],
        f"17 {H}": [H],
        f"\u2022 {H}": [H],
        f"a) {H}": [H],
        f"EAN: {H}": [H],
        f"Barcode: {H}": [H],
        f"{H},EAN_13": [H],
        f"{H} (hbk)": [H],
        f"{H} (v. 1 : alk. paper)": [H],
        f"{H};Dune;Herbert, Frank;1965": [H],
        f"Fahrenheit 451; {H}": [H],
        f"1984 {O}": [O],
        f"{O} George Orwell: 1984, 328 p.": [O],
        f"{H} \u20ac 12,99": [H],
        f"{H} 12.99 USD": [H],
        f"| {H} | Dune | 1 |": [H],
    },
    "copies": {
        f"{H} x 2": [H, H],
        f"{H}x2": [H, H],
        f"{H} \u00d7 2": [H, H],
        f"{H} * 3": [H, H, H],
        f"2 x {H}": [H, H],
        f"2\u00d7 {H}": [H, H],
        f"{H} (2 copies)": [H, H],
        f"{H}: 2 Stk": [H, H],
        f"{H} 2x": [H, H],
        f"2 copies of {H}": [H, H],
        f"{H} qty: 2": [H, H],
        f"{H} x 2, {O}": [H, H, O],
        f"{H}, {O} x 2": [H, O, O],
        f"{X} x 2": [X13, X13],
        "978 0 345 41891 3 (x2)": [H, H],
    },
    "dates and times": {
        f"{H}, 2024-05-01 10:22": [H],
        f"{H};01.05.2024;10:22:33": [H],
        f"{H},EAN-13,05/01/2024 10:22:33 AM": [H],
        f"2024-05-01T10:22:33Z {H}": [H],
        f"{H} 1 May 2024": [H],
        f"{H},20240501102233": [H],
        f"{H}\t1714557600": [H],
        f"{H} 1714557600123": [H],
        f"{H} 10:22": [H],
        "2024-05-01 10:22": [],
    },
    "X of other scripts and keyboards": {
        "843760494\u0425": [X13],
        "84-376-0494-\u0445": [X13],
        "843760494\u03a7": [X13],
        "843760494\u00d7": [X13],
        "843760494\uff38": [X13],
        "843760494\u2169": [X13],
        "843760494\u0427": [X13],
        "843760494\u05e1": [X13],
        "843760494 x": [X13],
    },
    "hyphens of other scripts and keyboards": {
        "978\u20110\u2011345\u201141891\u20113": [H],
        "978\u05be0\u05be345\u05be41891\u05be3": [H],
        "978\u058a0\u058a345\u058a41891\u058a3": [H],
        "978\u30fc0\u30fc345\u30fc41891\u30fc3": [H],
        "978\u00ad0\u00ad345\u00ad41891\u00ad3": [H],
        "978\u00df0\u00df345\u00df41891\u00df3": [H],
        "978'0'345'41891'3": [H],
        "978)0)345)41891)3": [H],
        "978_0_345_41891_3": [H],
        "978.0.345.41891.3": [H],
        "978/0/345/41891/3": [H],
        "0_345_39180_2": [S13],
    },
    "digits of other scripts": {
        "\uff19\uff17\uff18\uff10\uff13\uff14\uff15\uff14\uff11\uff18\uff19\uff11\uff13": [H],
        "\u0669\u0667\u0668\u0660\u0663\u0664\u0665\u0664\u0661\u0668\u0669\u0661\u0663": [H],
        "\u06f9\u06f7\u06f8\u06f0\u06f3\u06f4\u06f5\u06f4\u06f1\u06f8\u06f9\u06f1\u06f3": [H],
        "\u096f\u096d\u096e\u0966\u0969\u096a\u096b\u096a\u0967\u096e\u096f\u0967\u0969": [H],
        "\u2079\u2077\u2078\u2070\u00b3\u2074\u2075\u2074\u00b9\u2078\u2079\u00b9\u00b3": [H],
        "\u2089\u2087\u2088\u2080\u2083\u2084\u2085\u2084\u2081\u2088\u2089\u2081\u2083": [H],
    },
    "other keyboards": {
        "\u00e7\u00e8_\u00e0\"'('&_\u00e7&\"": [H],
        '\u00e0"\'("\u00e7&_\u00e0\u00e9': [S13],
        "\u00e7\u00e8!\u00e0\"'('&!\u00e7&\"": [H],
        "\u00ed\u00fd\u00e1\u00e9\u0161\u010d\u0159\u010d+\u00e1\u00ed+\u0161": [H],
        "\u00ed\u00fd\u00e1\u00e9\u0161\u010d\u0165\u010d+\u00e1\u00ed+\u0161": [H],
        ")/(=\u00a7$%$!()!\u00a7": [H],
        "(&*)#$%$!*(!#": [H],
        "(&*)\u00a3$%$!*(!\u00a3": [H],
        ")/(=#\u00a4%\u00a4!()!#": [H],
        '\u00e7\u00e8_\u00e0"\'(\'&_\u00e7&"(&"\u00e7\u00e7': [H],
        "\u00e7\u00e8_\u00e0\"'('&_\u00e7&\"\n\u00e7\u00e8_\u00e0'(&(é'\u00e7\"(": [H, O],
    },
}
READ = {f"{kind}: {text}": (text, good) for table in (SIGNS_ATTACHED, GROUPS_AND_WORDS) for kind, rows in table.items()
        for text, good in rows.items()}  # fmt: skip


@pytest.mark.parametrize(("text", "good"), READ.values(), ids=[ascii(name) for name in READ])
def test_it_is_read(text: str, good: list[str]) -> None:
    assert books(text) == good


NINE = "it has 9 digits: it is an old SBN or has lost the 0 before it, or its last digit is missing"
UPC = "it is a UPC, the number of a product; the ISBN may be inside the cover"
MUSIC = "it is an ISMN, the number of printed music"
PAPER = "it is an ISSN, the number of a magazine or newspaper"
PLACEHOLDER = "it is a placeholder, as programs put it where no ISBN is known"
LETTERS = "it has letters among its digits, which may be meant as digits"
SHORTENED = "a spreadsheet has shortened it; format the column as text and export it again"
REFUSED: dict[str, tuple[str, list[str]]] = {
    # Nine digits: a zero before them, or one more behind
    "345418913": (NINE, [H, "9783454189132"]),
    "345391802": (NINE, [S13, "9783453918023"]),
    "SBN 345-41891-3": (NINE, [H, "9783454189132"]),
    "451524934": (NINE, [O, "9784515249345"]),
    "80442957X": (NINE, ["9780804429573"]),
    "034541891": ("it has 9 digits, and an ISBN has 10 or 13", [H]),
    # A digit is missing, or there is one more
    "978034541891": ("it has 12 digits, and an ISBN has 10 or 13", [H]),
    "780345418913": ("it has 12 digits, and an ISBN has 10 or 13", [H]),
    f"1{H}": ("it has 14 digits, and an ISBN has 10 or 13", [H]),
    f"{H}7": ("it has 14 digits, and an ISBN has 10 or 13", [H]),
    f"4711{H}0815": ("it has 21 digits, and an ISBN has 10 or 13", [H]),
    "9780345391802": ("its check digit should be 3", [S13]),
    "978034541891451399": ("without the price code at its end, its check digit should be 3", []),
    # Letters for digits
    "978O345418913": (LETTERS, [H]),
    "97803454l8913": (LETTERS, [H]),
    "97803454I8913": (LETTERS, [H]),
    "O34539I8O2": (LETTERS, [S13]),
    "978034S418913": (LETTERS, [H]),
    # Products
    "071162004953": (UPC, []),
    "012345678905": (UPC, []),
    "0071162004953": (UPC, []),
    "071162004953 51399": (UPC, []),
    "07116200495351399": (UPC, []),
    "5012345678900": ("an ISBN of 13 digits begins with 978 or 979", []),
    "96385074": ("it is an EAN-8, the number of a small product", []),
    "51399": ("it has 5 digits, as the price code beside a book's barcode has", []),
    # Another keyboard, and a digit wrong
    "\u00e7\u00e8_\u00e0\"'('&_\u00e7&'": (
        "it was typed on a French keyboard layout and means 9780345418914: its check digit should be 3", []),
    "\u00ed\u00fd\u00e1\u00e9\u0161\u010d\u0159\u010d+\u00e1\u00ed+\u010d": (
        "it was typed on a Czech keyboard layout and means 9780345418914: its check digit should be 3", []),
    # Magazines
    "0317-8471": (PAPER, []),
    "03178471": (PAPER, []),
    "ISSN 0317-8471": (PAPER, []),
    "ISSN: 2049-3630": (PAPER, []),
    "2434-561X": (PAPER, []),
    "9770317847001": ("it begins with 977, so it is the number of a magazine or newspaper", []),
    # Music
    "M-2306-7118-7": (MUSIC, []),
    "M 2306 7118 7": (MUSIC, []),
    "ISMN M-2306-7118-7": (MUSIC, []),
    "979-0-2306-7118-7": (f"it begins with 979-0, so {MUSIC}", []),
    "9790230671187": (f"it begins with 979-0, so {MUSIC}", []),
    "ISMN 979-0-2306-7118-7": (f"it begins with 979-0, so {MUSIC}", []),
    # Amazon
    "B000FC1PWA": ("it is an ASIN, Amazon's number for what has no ISBN", []),
    "b0182lehay": ("it is an ASIN, Amazon's number for what has no ISBN", []),
    "ASIN: B000FC1PWA": ("it is an ASIN, Amazon's number for what has no ISBN", []),
    "ASIN B07XYZ1234": ("it is an ASIN, Amazon's number for what has no ISBN", []),
    "https://www.amazon.com/dp/B000FC1PWA": ("it is an address without an ISBN in it", []),
    "https://www.goodreads.com/book/show/11.The_Guide": ("it is an address without an ISBN in it", []),
    # Libraries
    "LCCN 2001-012345": ("it is an LCCN, a number of the Library of Congress", []),
    "2001-012345": ("it is an LCCN, a number of the Library of Congress", []),
    "LCCN: 85000002": ("it is an LCCN, a number of the Library of Congress", []),
    "n78890351": ("it is an LCCN, a number of the Library of Congress", []),
    "sh85000123": ("it is an LCCN, a number of the Library of Congress", []),
    "OCLC 12345678": ("it is an OCLC number, WorldCat's number for a record", []),
    "(OCoLC)12345678": ("it is an OCLC number, WorldCat's number for a record", []),
    "ocm12345678": ("it is an OCLC number, WorldCat's number for a record", []),
    "OL7353617M": ("it is a number of Open Library, and no ISBN", []),
    "10.1000/182": ("it is a DOI, and there is no ISBN in it", []),
    "0000-0002-1825-0097": ("it is an ISNI or ORCID, the number of a person", []),
    # What stands for nothing
    "0000000000": (PLACEHOLDER, []),
    "1111111111": (PLACEHOLDER, []),
    "0123456789": (PLACEHOLDER, []),
    "1234567890": (PLACEHOLDER, []),
    "123456789X": (PLACEHOLDER, []),
    "9999999999": (PLACEHOLDER, []),
    "9780000000000": (PLACEHOLDER, []),
    "9781234567897": (PLACEHOLDER, []),
    "9999999999999": (PLACEHOLDER, []),
    "n/a": ("it says that there is none", []),
    "#N/A": ("it says that there is none", []),
    "none": ("it says that there is none", []),
    "unknown": ("it says that there is none", []),
    # Spreadsheets
    "9.78035E+12": (SHORTENED, []),
    "9,78035E+12": (SHORTENED, []),
    "9.78E+12": (SHORTENED, []),
    "3.45E+09": (SHORTENED, []),
    "9.780345418914E+12": (SHORTENED, []),
    # Numbers of something else
    "1714557600": ("its check digit should be X", []),
    "DE89370400440532013000": ("it has letters or signs in it", []),
    "4111111111111111": ("it has 16 digits, and an ISBN has 10 or 13", []),
    "490154203237518": ("it has 15 digits, and an ISBN has 10 or 13", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), REFUSED.items(), ids=[ascii(text) for text in REFUSED])
def test_it_is_said_what_it_is(text: str, told: tuple[str, list[str]]) -> None:
    (piece,) = read(text)
    assert (piece.kind, piece.fault, list(piece.offers)) == ("refused", *told)
    assert piece.reason == f"{told[0][0].upper()}{told[0][1:]}."
    assert all(to_isbn13(offer) == offer for offer in piece.offers)
    assert to_isbn13(text) is None


@pytest.mark.parametrize("text", ["-", "---", "ISBN", "ISBN-13:", ",;|", " \t ", "\x1d", '=""', "\u201c\u201d", "()"])
def test_ornament_is_nothing(text: str) -> None:
    assert list(read(text)) == []


def test_a_piece_says_where_it_is_and_what_is_beside_it() -> None:
    first, code, second, dune, bad = read(f"{H}\n90000\n\n  {O} x 2, 2024-05-01\nDune\nISBN 9780451524936 (bad)")
    assert first == Piece(1, H, H)
    assert (code.line, code.kind, code.note) == (2, "quiet", "The price code of the ISBN before it.")
    assert (second.line, second.quantity, second.note) == (4, 2, "Beside it, not read: 2024-05-01.")
    assert (dune.line, dune.sentence) == (5, "Dune is not an ISBN: it has letters or signs in it.")
    assert (bad.line, bad.text, bad.reason) == (6, "9780451524936", "Its check digit should be 5.")


def test_a_title_beside_a_date_is_no_book_and_not_lost() -> None:
    assert [(piece.kind, piece.text) for piece in read("2024-05-01 Dune")] == [("refused", "2024-05-01 Dune")]


def test_a_price_code_by_itself_belongs_to_the_isbn_before_it() -> None:
    assert [piece.kind for piece in read("51399")] == ["refused"]
    assert [piece.kind for piece in read("51399", after_isbn=True)] == ["quiet"]
    assert [piece.kind for piece in read(f"51399\n{H}", after_isbn=True)] == ["quiet", "isbn"]
    assert [piece.kind for piece in read(f"{H}\n51399\n51399")] == ["isbn", "quiet", "refused"]


def test_what_is_typed_on_another_keyboard_is_read_and_said() -> None:
    (piece,) = read(")/(=\u00a7$%$!()!\u00a7")
    assert piece.note == "Typed on a German keyboard layout with Shift. Set the scanner to the layout of this computer."


def test_beside_a_good_one_a_bad_one_is_still_told() -> None:
    pieces = list(read(f"{H} 9780451524936 Dune, {O}, 4711081512345"))
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("isbn", H), ("refused", "9780451524936"), ("isbn", O), ("refused", "4711081512345"),
    ]  # fmt: skip
    assert pieces[0].note == "Beside it, not read: Dune."


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("9780451524936 x 2", "x 2"), ("9780451524936, 2", "2"), ("978 0 451 52493 6 (pbk) 12", "12"),
        ("Dune 9780451524936 1965", "Dune, 1965"), ("1. 9780451524936", ""),
        ("9780451524936, 2024-05-01", "2024-05-01"),
    ],
)  # fmt: skip
def test_a_bad_one_is_one_row_whatever_is_beside_it(text: str, note: str) -> None:
    (piece,) = read(text)
    assert (piece.kind, piece.reason) == ("refused", "Its check digit should be 5.")
    assert piece.note == (f"Beside it, not read: {note}." if note else "")


def test_a_telephone_number_is_no_book() -> None:
    dice = random.Random(3)
    for _ in range(300):
        area, office, line = dice.randrange(200, 999), dice.randrange(200, 999), dice.randrange(10_000)
        for form in (f"{area}-{office}-{line:04}", f"{area} {office} {line:04}", f"({area}) {office}-{line:04}",
                     f"{area}.{office}.{line:04}", f"+1{area}{office}{line:04}"):  # fmt: skip
            assert {piece.kind for piece in read(form)} == {"refused"}, form


def test_a_book_in_both_lengths_on_one_line_is_one_and_two_copies_are_two() -> None:
    assert books("ISBN-10 0345391802, ISBN-13 9780345391803") == [S13]
    assert books(f"{H} {H}") == [H, H]


def test_any_good_number_is_read_in_any_of_its_forms() -> None:
    dice = random.Random(1)
    for _ in range(300):
        body = f"{dice.choice(('978', '979'))}{dice.choice('123456789')}{dice.randrange(10**8):08d}"
        isbn = body + check_digit(f"{body}0")
        cut = sorted(dice.sample(range(4, 12), 2))
        groups = [isbn[:3], isbn[3 : cut[0]], isbn[cut[0] : cut[1]], isbn[cut[1] : 12], isbn[12]]
        forms = [isbn, "-".join(groups), " ".join(groups), f"0{isbn}", f"{isbn}51399", f"]E0{isbn}", f"({isbn})"]
        for form in forms:
            assert books(form) == [isbn], form


def test_noise_raises_nothing_and_never_makes_a_bad_number_good() -> None:
    dice = random.Random(2)
    signs = "0123456789xX -,;|\t./:()[]$%&\"'=+*_aeISBN\u00d7\u0660\u00e9\u00a7\x1d\x00\n\r\u2010\u00df\uff11\U0001d7d7"
    for _ in range(2000):
        text = "".join(dice.choice(signs) for _ in range(dice.randrange(60)))
        for piece in read(text):
            assert piece.isbn or piece.fault or piece.note
            assert not piece.isbn or (to_isbn13(piece.isbn) == piece.isbn and len(piece.isbn) == 13)
            assert piece.kind != "refused" or len(piece.sentence) < LONGEST + 150
