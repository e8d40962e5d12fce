"""A file of so many rows, and what it holds."""

from collections import Counter

from tests.books.conftest import isbns


def table(first: int, rows: int) -> tuple[bytes, Counter[str]]:
    """A CSV, and what it holds: of 100 rows 5 are bad, 10 the ISBN of an earlier row, 3 without one."""
    numbers = iter(isbns(rows, first))
    lines, given, holds = ["Title,Author,ISBN,Year"], [], Counter[str]()
    for n in range(rows):
        kind = "bad" if n % 20 == 7 else "double" if n % 10 == 9 else "without" if n % 100 in (31, 62, 93) else "new"
        holds[kind] += 1
        isbn = next(numbers) if kind in ("bad", "new") else given[n // 2] if kind == "double" else ""
        if kind == "new":
            given.append(isbn)
        if kind == "bad":
            isbn = isbn[:-1] + str((int(isbn[-1]) + 1) % 10)
        lines.append(f'"Book {first + n}, the {n}th",Author {n % 97},{isbn},{1950 + n % 70}')
    return "\n".join(lines).encode(), holds
