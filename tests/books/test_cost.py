"""What a scan costs is bounded by what it keeps, and not by what is sent."""

import sys
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from task.books.isbn import LIMIT, MOST_PROBLEMS, MOST_REPEATS, parse, read
from task.books.uploads import read_upload

ORWELL = "9780451524935"
MANY = 660_000


def isbns(count: int) -> Iterator[str]:
    for number in range(count):
        digits = f"978{number:09d}"
        weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
        yield f"{digits}{-weighed % 10}"


@pytest.mark.parametrize(
    "content",
    [
        b"a," * 1_000_000,
        b"ab\n" * 660_000,
        b"ab " * 660_000,
        b"isbn\n" + b"ab\n" * 660_000,
        b"isbn\n" + b"ab," * 660_000,
    ],
    ids=["commas", "lines", "blanks", "a column", "a wide row"],
)
def test_two_megabytes_of_letters_take_little_memory_and_give_a_small_page(member: Client, content: bytes) -> None:
    member.get("/books/scan/")
    upload = SimpleUploadedFile("books.csv", content)
    tracemalloc.start()
    try:
        answer = member.post("/books/scan/", {"form_token": "t", "file": upload})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert len(answer.content) < 500_000
    assert peak < 50_000_000


def test_a_text_is_read_until_so_much_is_wrong_with_it() -> None:
    parsed = parse("a," * (MOST_PROBLEMS + 700) + "\n" + ORWELL)
    assert len(parsed.problems) == MOST_PROBLEMS
    assert (parsed.more, parsed.stopped_at) == (701, 1)
    assert parsed.rest == "a," * 700 + "\n" + ORWELL


def test_of_very_many_isbns_the_first_go_on_and_the_next_are_kept() -> None:
    parsed = parse("\n".join(isbns(3 * LIMIT)))
    assert len(parsed.good) == LIMIT
    assert len(parsed.problems) == MOST_PROBLEMS
    assert (parsed.more, parsed.stopped_at) == (LIMIT, 2 * LIMIT + 1)


def test_an_isbn_that_stands_there_a_hundred_thousand_times() -> None:
    parsed = parse(f"{ORWELL}\n" * 100_000)
    assert parsed.good == [ORWELL]
    assert len(parsed.problems) == MOST_PROBLEMS
    assert parsed.more == 99_999 - MOST_PROBLEMS
    assert parsed.stopped_at == MOST_REPEATS + 2


def test_a_column_is_read_until_so_much_is_wrong_with_it() -> None:
    parsed = read_upload(b"isbn,title\n" + b"a,b\n" * (MOST_PROBLEMS + 700), "books.csv")
    assert len(parsed.problems) == MOST_PROBLEMS
    assert (parsed.more, parsed.stopped_at) == (700, MOST_PROBLEMS + 2)


def test_words_of_a_long_line_are_told_some_at_a_time_and_its_isbns_go_on() -> None:
    text = "word " * 1000 + "isbn " * 30 + f" {ORWELL} and more"
    parsed = parse(text)
    assert parsed.good == [ORWELL]
    assert 700 < sum(problem.text.count("word") for problem in parsed.problems) <= 1000
    (found,) = [piece for piece in read(text) if piece.isbn]
    assert found.note.startswith("Beside it, not read: word word")


KINDS = [
    "1", "9", "978", ORWELL, f"{ORWELL} ", f"{ORWELL}51399", f"{ORWELL} x 2, ", "0345391802 ", "1 ", "1-", "978-",
    "978 ", "978 0 345 41891 3 ", "978 0 345 41891 4 ", "1,000,", "(", "()", "isbn", "isbn ", "x ", "a./", "http://",
    "https:// ", "$a", "%20", "1:22 ", "2024-05-01 ", "\u00e9&", "\u00e9&" * 5 + " ", "=", "\t", "\x1d", "]E0",
    "jan 1 ", "10.1000/", "lccn: ", "(01)", "qty 2 ", "M ",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_text_costs_grows_with_its_length_alone(kind: str) -> None:
    """Statements of the interpreter and not seconds are compared: a busy machine has no say in it."""

    def cost(length: int) -> int:
        events = 0

        def count(*_: object) -> None:
            nonlocal events
            events += 1

        text = (kind * (length // len(kind) + 1))[:length]
        sys.setprofile(count)
        try:
            for _ in read(text):
                pass
        finally:
            sys.setprofile(None)
        return events

    cost(100)
    short, long = cost(8_000), cost(32_000)
    assert long < 5 * short + 2000


@pytest.mark.parametrize("kind", ["1", ORWELL, "(a", "http://", "-0", "%20"])
def test_two_megabytes_without_a_blank_take_little_time_and_memory(kind: str) -> None:
    text = (kind * (2_000_000 // len(kind) + 1))[:2_000_000]
    began = time.process_time()
    tracemalloc.start()
    try:
        pieces = sum(1 for _ in zip(read(text), range(5000), strict=False))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pieces in (1, 5000)
    assert peak < 60_000_000
    assert time.process_time() - began < 20
