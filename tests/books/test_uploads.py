from contextlib import suppress

import pytest

from task.books.uploads import UploadFault, read_upload

HITCHHIKER, ORWELL = "9780345418913", "9780451524935"


@pytest.mark.parametrize(
    "content",
    [
        f"{HITCHHIKER}\n{ORWELL}\n".encode(),
        f"{HITCHHIKER}\r{ORWELL}".encode(),
        f"\ufeff{HITCHHIKER}\r\n{ORWELL}".encode(),
        f"{HITCHHIKER}\n{ORWELL}".encode("utf-16"),
        f"Title,ISBN\nCafé,{HITCHHIKER}\nÉtranger,{ORWELL}\n".encode("cp1252"),
        f"ISBN;Titel\n{HITCHHIKER};Per Anhalter\n{ORWELL};1984\n".encode(),
        f"isbn-13\ttitle\n{HITCHHIKER}\tA\n{ORWELL}\tB".encode(),
        f'"Title","ISBN","ISBN13"\n"A, B","=""0345418913""","=""{HITCHHIKER}"""\n"C","","=""{ORWELL}"""'.encode(),
        f'Title,ISBN\n"two\nlines",{HITCHHIKER}\n,{ORWELL}\n'.encode(),
        f"Title,ISBN\nshort\n\nA,{HITCHHIKER}\nB,{ORWELL},more\n".encode(),
    ],
)
def test_text_and_tables_are_read(content: bytes) -> None:
    parsed = read_upload(content, "books.csv")
    assert parsed.good == [HITCHHIKER, ORWELL]
    assert parsed.problems == []


def test_a_bad_cell_is_told_with_its_line() -> None:
    parsed = read_upload(f"Title,ISBN\nA,{HITCHHIKER}\nB,9780451524936\nC,n/a\n".encode(), "books.csv")
    assert [(problem.line, problem.text) for problem in parsed.problems] == [(3, "9780451524936"), (4, "n/a")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest of a spreadsheet", "is not a text file"),
        (b"%PDF-1.7", "is not a text file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is not a text file"),
    ],
)
def test_what_is_no_text_is_said_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(UploadFault, match=words):
        read_upload(content, "books.xlsx")


@pytest.mark.parametrize(
    "content", [b"\xff", b"isbn\n\xc3\x28", b'isbn\n"never closed', b"isbn\n" + b"x" * 200_000, b"\xff\xfea"]
)
def test_odd_bytes_raise_nothing_but_the_sentence(content: bytes) -> None:
    with suppress(UploadFault):
        read_upload(content, "books.csv")
