"""Dumps as Open Library makes them, of any size: editions, works and authors that belong to each other.

    files = write(folder, 1_000)            # three files, compressed
    isbn_of(7)                              # an ISBN of the seventh edition, whose title is title_of(7)

Runs alone too: `python -m tests.services.dumps FOLDER 1000000`.
"""

import gzip
import json
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MODIFIED = "2026-10-31T08:15:00.000000"
SYLLABLES = (
    "ka", "to", "mir", "an", "el", "do", "ver", "sta", "in", "or", "the", "gra", "lu", "ne", "pol", "sch",
    "ing", "er", "ra", "ti", "lis", "mo", "ben", "qua", "zy", "ford",
)  # fmt: skip
_random = random.Random(7)
VOCABULARY = ["".join(_random.choices(SYLLABLES, k=_random.choice((1, 2, 2, 3, 3, 4)))) for _ in range(20_000)]
RARE = 3  # the higher, the fewer words make up most of the text
WORKS_OF, AUTHORS_OF = 0.73, 0.27  # of the editions, as in the dump of August 2025


def isbn_of(number: int) -> str:
    """Spread over all ISBNs, as those of a dump are, and each once."""
    digits = f"978{(number * 618_033_989 + 12_345) % 1_000_000_000:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def isbn10_of(number: int) -> str:
    digits = isbn_of(number)[3:12]
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return digits + ("X" if check == 10 else str(check))


def title_of(number: int) -> str:
    return f"Edition {number} {words(number, 4).title()}"


def words(seed: int, count: int) -> str:
    chosen = random.Random(seed)
    return " ".join(VOCABULARY[int(chosen.random() ** RARE * len(VOCABULARY))] for _ in range(count))


def edition(number: int, **more: Any) -> dict[str, Any]:
    """As most of them are; some lack one thing or another."""
    some = {
        "publishers": [words(number % 5_000, 2).title()],
        "number_of_pages": 90 + number % 700,
        "title": title_of(number),
        "isbn_10": [isbn10_of(number)],
        "isbn_13": [isbn_of(number)],
        "authors": [{"key": f"/authors/OL{author_of(number)}A"}],
        "works": [{"key": f"/works/OL{work_of(number)}W"}],
        "subjects": [words(number + place, 2).title() for place in range(number % 5)],
        "publish_date": str(1930 + number % 95),
        "languages": [{"key": f"/languages/{('eng', 'ger', 'fre', 'spa')[number % 4]}"}],
        "covers": [number + 1],
        "notes": {"type": "/type/text", "value": words(number + 9, 12)},
        "lc_classifications": [f"PZ7.{number}"],
        "source_records": [f"marc:somewhere/part{number % 40}.utf8:{number}:1018"],
        "type": {"key": "/type/edition"},
        "latest_revision": 3,
        "created": {"type": "/type/datetime", "value": "2008-04-30T09:38:13.731961"},
        "last_modified": {"type": "/type/datetime", "value": MODIFIED},
        "key": f"/books/OL{number}M",
    }
    if number % 5 == 0:
        some |= {"subtitle": words(number + 3, 5), "series": [f"{words(number % 900, 2).title()} ; {number % 30}"]}
    if number % 5 == 1:
        del some["authors"]
    if number % 7 == 3:
        del some["isbn_13"], some["covers"]
    return some | more


def work_of(number: int) -> int:
    return int(number * WORKS_OF) + 1


def author_of(number: int) -> int:
    return int(number * AUTHORS_OF) + 1


def work(number: int, **more: Any) -> dict[str, Any]:
    author = author_of(int(number / WORKS_OF))
    return {
        "title": words(number, 4).title(),
        "authors": [{"type": {"key": "/type/author_role"}, "author": {"key": f"/authors/OL{author}A"}}],
        "subjects": [words(number + place, 2).title() for place in range(number % 6)],
        "subject_people": [words(number, 2).title()] * (number % 30 == 0),
        "type": {"key": "/type/work"},
        "key": f"/works/OL{number}W",
    } | more


def author(number: int, **more: Any) -> dict[str, Any]:
    return {"name": name_of(number), "type": {"key": "/type/author"}, "key": f"/authors/OL{number}A"} | more


def name_of(number: int) -> str:
    return f"{words(number, 2).title()} {number}"


def line(found: dict[str, Any], revision: int = 3, modified: str = MODIFIED) -> str:
    kind = found.get("type", {"key": "/type/edition"})["key"]
    return f"{kind}\t{found['key']}\t{revision}\t{modified}\t{json.dumps(found)}\n"


def redirect(key: str, to: str, revision: int = 9) -> str:
    return line({"key": key, "type": {"key": "/type/redirect"}, "location": to}, revision)


def deleted(key: str, revision: int = 9) -> str:
    return line({"key": key, "type": {"key": "/type/delete"}}, revision)


def editions(count: int) -> Iterator[str]:
    """In no order, as in a dump."""
    return (line(edition((place * 7_919) % count)) for place in range(count))


def write(folder: Path, count: int, date: str = "2026-10-31") -> list[Path]:
    """`count` is a number that 7,919 does not divide."""
    works, authors = range(1, work_of(count) + 1), range(1, author_of(count) + 1)
    return [
        packed(folder / f"ol_dump_editions_{date}.txt.gz", editions(count)),
        packed(folder / f"ol_dump_works_{date}.txt.gz", map(line, map(work, works))),
        packed(folder / f"ol_dump_authors_{date}.txt.gz", map(line, map(author, authors))),
    ]


def packed(path: Path, lines: Iterable[str | bytes]) -> Path:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(each.encode() if isinstance(each, str) else each for each in lines)
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
