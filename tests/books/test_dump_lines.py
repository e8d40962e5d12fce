"""One line of a dump: what is kept of it, and what is odd in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from task.books.sources.dumps import lines
from task.books.sources.dumps.lines import Reader, Stamp
from task.books.sources.dumps.records import EDITION, Broken, Line, Moved, edition_of, isbn_key, read
from task.books.sources.edition import Edition
from tests.services import dumps

ISBN = "9780441007318"


def kept(**found: Any) -> Line:
    line = read(
        dumps.line({"key": "/books/OL1M", "isbn_13": [ISBN], "title": "Earthsea", **found}).encode().rstrip(b"\n")
    )
    assert isinstance(line, Line)
    return line


def edition(**found: Any) -> Edition:
    made = edition_of(kept(**found).record, lambda kind, number: None, "it")
    assert isinstance(made, Edition)
    return made


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("9780441007318", 44100731), ("0441007317", 44100731), ("0-441-00731-7", 44100731), ("080442957X", 80442957),
        ("080442957x", 80442957), ("978-0-441-00731-8 (pbk.)", 44100731), (" ISBN 9780441007318", 44100731),
        ("9791032305690", 1_103230569), ("9780441007319", None), ("0441007318", None), ("", None), ("97804410", None),
        ("٩٧٨٠٤٤١٠٠٧٣١٨", None), ("B00ABCDEFG", None), ("1234567890123", None), ("0X41007317", None),
        ("9" * 10_000, None),
    ],
)  # fmt: skip
def test_an_isbn_as_people_write_it_is_its_number(text: str, key: int | None) -> None:
    assert isbn_key(text) == key


def test_each_good_isbn_of_an_edition_leads_to_it() -> None:
    assert kept(isbn_10=["0441007317", "080442957X", None, 7, {}], isbn_13="978-0-441-00731-8").keys == {
        44100731,
        80442957,
    }


@pytest.mark.parametrize(
    ("found", "field", "value"),
    [
        ({"title_prefix": "The ", "title": "Tempest "}, "title", "The Tempest"),
        ({"title_prefix": "The", "title": "Tempest"}, "title", "The Tempest"),
        ({"title_prefix": "L'", "title": "étranger"}, "title", "L'étranger"),
        ({"title": "N\x00U\x00L"}, "title", "N U L"),
        ({"title": "\ud800 half"}, "title", "half"),
        ({"number_of_pages": "251 p."}, "pages", 251),
        ({"number_of_pages": 0, "pagination": "viii, 251 p."}, "pages", 251),
        ({"covers": [-1, None, 12]}, "cover_url", "https://covers.openlibrary.org/b/id/12-L.jpg"),
        ({"covers": None}, "cover_url", ""),
        ({"languages": [{"key": "/languages/ger"}]}, "language", "German"),
        ({"languages": ["ger", None]}, "language", ""),
        ({"publishers": "One alone"}, "publishers", ["One alone"]),
        ({"publishers": [None, 3, "Two"]}, "publishers", ["Two"]),
        ({"series": "Of one"}, "series", "Of one"),
        ({"edition_name": "2nd ed."}, "edition_note", "2nd ed."),
        ({"subtitle": ["a", "list"]}, "subtitle", ""),
    ],
)  # fmt: skip
def test_odd_fields(found: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(edition(**found), field) == value


@pytest.mark.parametrize(
    "authors",
    [
        [{"key": "/authors/OL7A"}], [{"author": {"key": "/authors/OL7A"}, "type": "/type/author_role"}],
        [{"author": "/authors/OL7A"}], [None, {"key": "/authors/OL7A"}], ["/authors/OL7A", {"author": None}, 3],
        "/authors/OL7A",
    ],
)  # fmt: skip
def test_authors_in_all_their_shapes(authors: Any) -> None:
    record = kept(authors=authors).record
    made = edition_of(record, lambda kind, number: [number, 1, 1, f"Author {number}"], "it")
    assert isinstance(made, Edition)
    assert [name.name for name in made.authors] == ["Author 7"]


@pytest.mark.parametrize(
    "line",
    [
        b"", b"one column", b"a\tb\tc", b"/type/edition\t/books/OL1M\t1\t2026-01-01",
        b'/type/edition\t/books/OL1M\t1\tx\t["isbn_10"]', b'/type/edition\t/books/OL1M\t1\tx\t{"isbn_10": ',
        b"/type/author\t/books/OL1M\t1\tx\t{}", b"/type/work\tOL1\t1\tx\t{}",
        b"/type/author\t/authors/OL1A\t1\tx\t" + b"[" * 100_000, b"/type/author\t/authors/OL1A\t1\tx\t\xff\xfe",
        b"/type/author\t/authors/OL99999999999999999999A\t1\tx\t{}", b"/type/redirect\t/books/OL1M\t1\tx",
    ],
)  # fmt: skip
def test_broken_lines(line: bytes) -> None:
    with pytest.raises(Broken):
        read(line)


@pytest.mark.parametrize(
    "found",
    [{"isbn_13": []}, {"isbn_13": ["9780441007319"]}, {"isbn_13": None}, {"isbn_13": [7]}, {"isbn_13": {"a": "b"}}],
)
def test_an_edition_without_a_good_isbn_is_not_kept(found: dict[str, Any]) -> None:
    assert read(dumps.line({"key": "/books/OL1M", "title": "Title", **found}).encode()) is None


def test_what_has_moved_or_is_gone() -> None:
    assert read(dumps.redirect("/authors/OL1A", "/authors/OL2A", 4).encode()) == Moved(2, 1, 2, 4)
    assert read(dumps.redirect("/books/OL1M", "/works/OL2W", 4).encode()) == Moved(EDITION, 1, 0, 4)
    assert read(dumps.deleted("/works/OL1W").encode()) == Moved(1, 1, 0, 9)
    assert read(b"/type/delete\t/works/OL1W\t9\t2026-01-01") == Moved(1, 1, 0, 9)
    assert read(dumps.redirect("/subjects/sea", "/subjects/seas").encode()) is None
    assert read(dumps.line({"key": "/languages/eng", "type": {"key": "/type/language"}}).encode()) is None


def test_a_record_is_bounded_whatever_the_line_says() -> None:
    huge = kept(title="x" * 1_000_000, subjects=["s" * 50_000] * 5_000, authors=[{"key": "/authors/OL7A"}] * 9_000)
    assert len(json.dumps(huge.record)) < 150_000


# A file


def read_all(path: Path, at: int = 0) -> list[tuple[bytes | None, int]]:
    reader = Reader(Stamp.of(path))
    while reader.position < at:
        reader.skip(at)
    found = []
    while (line := reader.line()) is not None:
        found.append((line, reader.position))
    reader.close()
    return found


@pytest.mark.parametrize("compressed", [True, False])
def test_reading_goes_on_at_any_line(tmp_path: Path, compressed: bool) -> None:
    content = [f"line {number}\n" for number in range(500)]
    path = tmp_path / "some.txt"
    if compressed:
        dumps.packed(path, content)
    else:
        path.write_text("".join(content))
    whole = read_all(path)
    assert [line for line, _ in whole] == [f"line {number}".encode() for number in range(500)]
    for number in (0, 1, 250, 498):
        assert read_all(path, whole[number][1]) == whole[number + 1 :]


def test_a_line_that_is_too_long_is_one_broken_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1_000)
    path = tmp_path / "some.txt"
    path.write_bytes(b"a\n" + b"x" * 10_500 + b"\nb\r\n")
    assert [line for line, _ in read_all(path)] == [b"a", b"", b"b"]
