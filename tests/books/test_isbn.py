import pytest

from task.books.isbn import read, to_isbn13

HITCHHIKER = "9780345418913"
ORWELL = "9780451524935"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (HITCHHIKER, [HITCHHIKER]),
        ("978-0-345-41891-3", [HITCHHIKER]),
        ("978 0 345 41891 3", [HITCHHIKER]),
        ("978\u20130\u2013345\u201341891\u20133", [HITCHHIKER]),
        ("0-345-39180-2", ["9780345391803"]),
        ("843760494X", ["9788437604947"]),
        ("84-376-0494-x", ["9788437604947"]),
        (f"{HITCHHIKER} {ORWELL}", [HITCHHIKER, ORWELL]),
        (f"{HITCHHIKER},{ORWELL};9781101990322", [HITCHHIKER, ORWELL, "9781101990322"]),
        ("978 0 345 41891 3, 978 0 451 52493 5", [HITCHHIKER, ORWELL]),
        (f"{HITCHHIKER}\r\n\r\n{ORWELL}\r", [HITCHHIKER, ORWELL]),
        ("0345391802 0451524934", ["9780345391803", ORWELL]),
        ("ISBN 978-0-345-41891-3", [HITCHHIKER]),
        ("ISBN-13: 9780345418913", [HITCHHIKER]),
        ("urn:isbn:9780345418913", [HITCHHIKER]),
        ('="9780345418913"', [HITCHHIKER]),
        ("\ufeff9780345418913", [HITCHHIKER]),
        ("978\u200b0345418913", [HITCHHIKER]),
        ("٩٧٨٠٣٤٥٤١٨٩١٣", [HITCHHIKER]),
        ("9791090724006", ["9791090724006"]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_every_way_of_writing_is_read(text: str, good: list[str]) -> None:
    pieces = [piece for piece in read(text) if piece.kind != "quiet"]
    assert [piece.isbn for piece in pieces] == good


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("9780451524936", 1, "9780451524936 is not an ISBN: its check digit should be 5."),
        ("\n\n\n\n\n\n9780451524936", 7, "9780451524936 is not an ISBN: its check digit should be 5."),
        ("0345391803", 1, "0345391803 is not an ISBN: its check digit should be 2."),
        ("8437604945", 1, "8437604945 is not an ISBN: its check digit should be X."),
        ("97804515249351", 1, "97804515249351 is not an ISBN: it has 14 digits, and an ISBN has 10 or 13."),
        ("978045152", 1, "978045152 is not an ISBN: it has 9 digits, and an ISBN has 10 or 13."),
        ("7", 1, "7 is not an ISBN: it has 1 digit, and an ISBN has 10 or 13."),
        ("Dune by Herbert", 1, "Dune by Herbert is not an ISBN: it has letters or signs in it."),
        ("9790260000438", 1, "9790260000438 is not an ISBN: it begins with 979-0, so it is an ISMN, "
         "the number of printed music."),
        ("M-2306-7118-7", 1, "M-2306-7118-7 is not an ISBN: it is an ISMN, the number of printed music."),
        ("9771234567003", 1, "9771234567003 is not an ISBN: it begins with 977, so it is the number of a magazine "
         "or newspaper."),
        ("5012345678900", 1, "5012345678900 is not an ISBN: an ISBN of 13 digits begins with 978 or 979."),
        ("97804515249X5", 1, "97804515249X5 is not an ISBN: X can only be the last of ten digits."),
        ("978045152493X", 1, "978045152493X is not an ISBN: X can only be the last of ten digits."),
        ("9.78035E+12", 1, "9.78035E+12 is not an ISBN: a spreadsheet has shortened it; format the column as text "
         "and export it again."),
        ("978 0 345 41891", 1, "978 0 345 41891 is not an ISBN: it has 12 digits, and an ISBN has 10 or 13."),
        ("<b>1</b>", 1, "<b>1</b> is not an ISBN: it has letters or signs in it."),
    ],
)  # fmt: skip
def test_what_is_no_isbn_is_told_with_its_line(text: str, line: int, sentence: str) -> None:
    assert [(piece.kind, piece.line, piece.sentence) for piece in read(text)] == [("refused", line, sentence)]


def test_the_good_ones_go_on() -> None:
    pieces = [(piece.line, piece.isbn or piece.text) for piece in read(f"{HITCHHIKER}\nDune\n{ORWELL} 123\n")]
    assert pieces == [(1, HITCHHIKER), (2, "Dune"), (3, ORWELL), (3, "123")]


def test_the_same_isbn_twice_or_in_both_lengths_is_read_each_time() -> None:
    pieces = list(read(f"{ORWELL}\n0451524934\n978-0-451-52493-5 {ORWELL}"))
    assert [(piece.line, piece.isbn) for piece in pieces] == [(1, ORWELL), (2, ORWELL), (3, ORWELL), (3, ORWELL)]


def test_a_very_long_word_does_not_make_a_very_long_sentence() -> None:
    (piece,) = read("x" * 100_000)
    assert len(piece.sentence) < 120


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "X", "-", "---", "(", "978", "\U0001f4da", "isbn", ",;,;", "1" * 5000]
)
def test_odd_characters_raise_nothing(text: str) -> None:
    list(read(text))
    to_isbn13(text)
