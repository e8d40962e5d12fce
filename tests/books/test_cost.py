"""What a scan costs is bounded by what it keeps, and not by what is sent."""

import sys
import time
import tracemalloc

import pytest
from django.test import Client

from task.books.forms import TEXT_LENGTH
from task.books.isbn import read

ORWELL = "9780451524935"


@pytest.mark.parametrize("unit", ["a,", "ab\n", "ab ", f"{ORWELL}\n", f"{ORWELL} "])
def test_half_a_million_characters_take_little_memory_and_give_a_small_page(member: Client, unit: str) -> None:
    """The longest text that the box takes: nothing of it is kept, and the page that says so has it in the box again."""
    text = unit * (TEXT_LENGTH // len(unit))
    member.get("/books/scan/")
    tracemalloc.start()
    try:
        answer = member.post("/books/scan/", {"form_token": "t", "isbns": text})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "Send at most 5,000 ISBNs at once." in answer.content.decode()
    assert len(answer.content) < len(text) + 200_000
    assert peak < 50_000_000


def test_words_of_a_long_line_are_told_some_at_a_time_and_its_isbns_go_on() -> None:
    text = "word " * 1000 + "isbn " * 30 + f" {ORWELL} and more"
    pieces = list(read(text))
    assert 700 < sum(piece.text.count("word") for piece in pieces if piece.kind == "refused") <= 1000
    (found,) = [piece for piece in pieces if piece.isbn]
    assert found.isbn == ORWELL
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
