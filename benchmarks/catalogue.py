"""The catalogue over few books and over many: what a search costs, and a page of the list with its filters.

1,000 and 50,000 books, with `--long` 1,000 and 1,000,000 (or BOOKS).
"""

import os
import time
from collections.abc import Callable, Iterator

from benchmarks import engine as jobs
from benchmarks.books import fill, word_of
from benchmarks.desk import Bench, median_of
from benchmarks.rows import clear_rows
from task.books.facets.stored import count_facets
from task.books.models import Book, Subject
from task.books.search import search
from tests.books.famous import FIRST, put_all

SMALL, LARGE, LONG = 1000, 50_000, int(os.environ.get("BOOKS", "1000000"))
ROUNDS = 9
QUERIES = {
    "a word in 1 % of them": "onepercent",
    "in 10 %": "tenpercent",
    "in one of three": "thirdofthem",
    "in 50 %": "halfofthem",
    "in three books": "trio0000123",
    "in one book": word_of(500),
    "in none": "xqzwvk",
    "2 letters": "te",
    "5 letters": "tenpe",
    "two words, in 10 % and 50 %": "tenpercent halfofthem",
    "two words in 50 % that no book has together": "lefthalf righthalf",
    "a phrase in 10 %": '"halfofthem tenpercent"',
    "a phrase of such words that no book has": '"tenpercent halfofthem"',
    "a typing error": "tnepercent",
    "part of an ISBN": "00077",
}
PAGES = {
    "all books": "",
    "all books, last page": "last=1",
    "all books by title, in the table": "sort=title&look=table",
    "all books by author, last page": "sort=author&last=1",
    "one book in 560": "subject={few}",
    "one book in 560, by title, last page": "subject={few}&sort=title&last=1",
    "one book in two": "subject={half}",
    "one book in two, by title, last page": "subject={half}&sort=title&last=1",
    "available": "available=yes",
    "a decade": "decade=1990",
    "one book in 280, and two more filters": "subject={some}&available=yes&language=English",
    "three filters of many books": "subject={half}&available=yes&language=English",
    "four filters of many books, by title, last page":
        "subject={half}&available=yes&language=English&room=stacks&sort=title&last=1",
    "five filters that leave one book in 30,000, by author":
        "subject={hundredth}&available=no&language=German&room=stacks&decade=1990&sort=author",
    "filters that leave none": "subject={hundredth}&language=German&decade=1750",
    "a word in 50 %": "q=halfofthem",
    "a word in 50 %, last page": "q=halfofthem&last=1",
    "a word in 50 %, and three filters": "q=halfofthem&available=yes&language=English&room=stacks",
    "a word in three books": "q=trio0000123",
    "a typing error": "q=tnepercent",
    "nothing found": "q=zzz+yyy",
}  # fmt: skip
Figures = dict[str, list[float]]  # milliseconds at each size


def catalogue(desk: Bench, long: bool) -> Iterator[tuple[str, str]]:
    sizes = (SMALL, LONG if long else LARGE)
    searches: Figures = {}
    pages: Figures = {}
    clear_rows()
    put_all()
    for size in sizes:
        began = time.perf_counter()
        fill(size)
        yield f"made {size:,} books", f"{time.perf_counter() - began:.0f} s"
        jobs.until_ended(count_facets.delay().pk)
        measure(searches, QUERIES, search)
        measure(pages, paths(), lambda path: fetched(desk, path))
        wrong = [text for text, title in FIRST.items() if first(text) != title]
        yield f"{len(FIRST)} searches among {size:,} books that another book leads", ", ".join(wrong) or "none"
    over = " and ".join(f"{size:,}" for size in sizes)
    for kind, seen in (("search", searches), ("page of the list", pages)):
        for what, figures in seen.items():
            times = ", ".join(f"{figure:.1f}" for figure in figures)
            yield f"{kind} over {over} books: {what}", f"{times} ms (factor {figures[-1] / figures[0]:.2f})"


def measure(seen: Figures, asked: dict[str, str], ask: Callable[[str], object]) -> None:
    for what, text in asked.items():
        seen.setdefault(what, []).append(median_of(ROUNDS, lambda text=text: ask(text)) * 1000)


def paths() -> dict[str, str]:
    keys = dict(Subject.objects.values_list("key", "pk").exclude(key__startswith="bench "))
    return {what: f"/books/?{query.format(**keys)}" for what, query in PAGES.items()} | {"authors": "/authors/"}


def fetched(desk: Bench, path: str) -> None:
    reply = desk.browser.line.get(path)
    assert reply.status_code == 200, path


def first(text: str) -> str:
    found = search(text)
    return str(Book.objects.get(pk=found.books[0]).title) if found.books else ""
