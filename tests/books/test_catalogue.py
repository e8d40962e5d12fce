import json

import pytest

from task.books.isbn import to_isbn13
from task.books.sources.catalogue import FILE, Catalogue, editions

NEWCOMERS = {
    "9780345418913": ("The Hitchhiker's Guide to the Galaxy", "Douglas Adams"),
    "9780451524935": ("1984", "George Orwell"),
    "9780451526342": ("Animal Farm", "George Orwell"),
    "9781101990322": ("Treasure Island", "Robert Louis Stevenson"),
}
FIELDS = {
    "title",
    "subtitle",
    "authors",
    "people",
    "subjects",
    "pages",
    "publish_date",
    "publishers",
    "outside_id",
    "cover",
}


@pytest.mark.parametrize("isbn", NEWCOMERS)
def test_a_newcomer_finds_the_four_books_of_the_first_steps(isbn: str) -> None:
    edition = editions()[isbn]
    assert (edition.title, edition.authors[0].name) == NEWCOMERS[isbn]


def test_it_holds_about_forty_books_and_each_isbn_is_good() -> None:
    assert 40 <= len(editions()) <= 60
    assert [isbn for isbn in editions() if to_isbn13(isbn) != isbn] == []


def test_each_record_has_a_title_and_no_unknown_field() -> None:
    records = json.loads(FILE.read_text())
    assert [isbn for isbn, record in records.items() if not record.get("title")] == []
    assert {field for record in records.values() for field in record} <= FIELDS
    assert list(records) == sorted(records)


@pytest.mark.django_db
def test_what_it_does_not_know_it_says() -> None:
    assert Catalogue().look_up(["9780000000002"]) == {"9780000000002": None}


def test_one_author_has_one_key_in_all_books() -> None:
    keys: dict[str, set[str]] = {}
    for edition in editions().values():
        for author in edition.authors:
            keys.setdefault(author.name, set()).add(author.key)
    assert [name for name, found in keys.items() if len(found) > 1] == []
