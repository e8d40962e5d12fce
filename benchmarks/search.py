"""A search over few books and over many, for words that few or many of them have, and which book stands first."""

import os
import random
import statistics
import time
from collections.abc import Iterator

from django.db import connection

from benchmarks.desk import Bench
from benchmarks.rows import clear_rows, isbns, put
from task.books.models import Book
from task.books.search import search
from task.kit.search.words import in_order
from tests.books.famous import BOOKS, FIRST, put_all

QUERIES = {
    "a word in 1 % of them": "onepercent",
    "in 10 %": "tenpercent",
    "in one of three": "thirdofthem",
    "in 50 %": "halfofthem",
    "2 letters": "te",
    "5 letters": "tenpe",
    "two words, in 10 % and 50 %": "tenpercent halfofthem",
    "two words in 50 % that no book has together": "lefthalf righthalf",
    "a word of one book": "word0000007",
    "a typing error": "tnepercent",
    "a phrase in 10 %": '"halfofthem tenpercent"',
    "part of an ISBN": "00077",
}
LONG = int(os.environ.get("BOOKS", "1000000"))
ROUNDS = 9


A_TIME = 5000
COMMON = sorted({word for title, _, _ in BOOKS for word in in_order(title) if word.isascii() and len(word) < 7})


def searches(desk: Bench, long: bool) -> Iterator[tuple[str, str]]:
    seen: dict[str, list[float]] = {}
    sizes = (1000, LONG) if long else (1000, 50_000)
    clear_rows()
    put_all()
    for size in sizes:
        began = time.perf_counter()
        fill(size)
        yield f"made {size:,} books", f"{time.perf_counter() - began:.0f} s"
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        for words, text in QUERIES.items():
            seen.setdefault(words, []).append(timed(text))
        wrong = [text for text, title in FIRST.items() if first(text) != title]
        yield f"{len(FIRST)} searches among {size:,} books that another book leads", ", ".join(wrong) or "none"
    for words, figures in seen.items():
        over = ", ".join(f"{size:,}" for size in sizes)
        yield f"search over {over} books: {words}", ", ".join(f"{ms:.1f} ms" for ms in figures)


def fill(size: int) -> None:
    """Books until there are `size` of them, of words that a part of them has, and of the famous books' own words."""
    have = Book.objects.count()
    chance = random.Random(7)
    numbers = isbns(2_000_000 + have, size - have)
    for start in range(0, len(numbers), A_TIME):
        some = range(start, min(start + A_TIME, len(numbers)))
        books = (Book(isbn=numbers[at], title=made_title(have + at, chance), state="filled") for at in some)
        put(books, lambda _: f"ada wrote{chance.randrange(50_000)}")


def made_title(number: int, chance: random.Random) -> str:
    words = [f"Word{number:07}", *chance.sample(COMMON, 4)]
    words += ["lefthalf" if number % 2 else "righthalf halfofthem"]
    words += [word for word, each in (("tenpercent", 10), ("thirdofthem", 3), ("onepercent", 100)) if not number % each]
    return " ".join(words)


def timed(text: str) -> float:
    """The median in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        search(text)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def first(text: str) -> str:
    found = search(text)
    return str(Book.objects.get(pk=found.books[0]).title) if found.books else ""
