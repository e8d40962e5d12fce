"""Lists in their order: by title without articles, by author, by year; and A to Z, which jumps in it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.changes import write
from task.books.filing import refile
from task.books.letters import initial_of
from task.books.models import Author, Book, Subject
from task.books.models.filing import LAST, filing_title, filing_year
from tests.books.conftest import isbns
from tests.books.test_facets import book


@pytest.mark.parametrize(
    ("title", "language", "key"),
    [
        ("The Sea, the Sea", "", "sea, the sea"),
        ("A Room of One’s Own", "English", "room of one's own"),
        ("«¿Quién?»", "", "quien?»"),
        ("Die Blechtrommel", "German", "blechtrommel"),
        ("Die Hard", "", "die hard"),
        ("L’étranger", "French", "etranger"),
        ("La La Land", "French", "la land"),
        ("Œuvres", "", "oeuvres"),
        ("Ørsted", "", "orsted"),
        ("A", "", "a"),
        ("The", "", "the"),
        ("...", "", "..."),
        ("", "", LAST),
    ],
)
def test_a_title_is_filed_without_its_article_and_signs(title: str, language: str, key: str) -> None:
    assert filing_title(SimpleNamespace(title=title, language=language)) == key


@pytest.mark.parametrize(("date", "year"), [("May 2004", 2004), ("", 0), ("c1980", 1980), ("no year", 0)])
def test_a_year_is_filed(date: str, year: int) -> None:
    assert filing_year(SimpleNamespace(publish_date=date)) == year


@pytest.mark.parametrize(
    ("key", "initial"),
    [("1984", "0–9"), ("annihilation", "A"), ("zoe", "Z"), ("война", "Я"), ("الطيب", "ا"), ("海辺", "字"), (LAST, ""),
     ("かもめ", "あ"), ("토지", "가"), ("νησί", "Ω")],
)  # fmt: skip
def test_each_script_has_one_initial(key: str, initial: str) -> None:
    assert initial_of(key) == initial


@pytest.fixture
def shelf(db: None) -> list[Book]:
    return [
        book(0, "The Sea", "John Banville", publish_date="2005"),
        book(1, "A Wizard of Earthsea", "Ursula K. Le Guin", publish_date="1968"),
        book(2, "1984", "George Orwell", publish_date="1949"),
        book(3, "Annihilation", "Jeff VanderMeer", "George Orwell", publish_date="2014"),
        book(4, "Мы", "Евгений Замятин"),
        book(5, "", state="not_found"),
    ]


def titles(answer: Any) -> list[str]:
    return [row.title for row in answer.context["rows"]]


def links(answer: Any) -> dict[str, str]:
    return {letter.label: letter.url for letter in answer.context["letters"] if letter.url}


def test_lists_are_sorted_by_title_author_and_year(member: Client, shelf: list[Book]) -> None:
    by_title = ["1984", "Annihilation", "The Sea", "A Wizard of Earthsea", "Мы", ""]
    by_author = ["The Sea", "A Wizard of Earthsea", "1984", "Annihilation", "Мы", ""]
    assert titles(member.get("/books/?sort=title")) == by_title
    assert titles(member.get("/books/?sort=author")) == by_author
    assert titles(member.get("/books/?sort=year"))[:4] == ["Annihilation", "The Sea", "A Wizard of Earthsea", "1984"]
    assert titles(member.get("/books/?sort=title&last=1")) == by_title


def test_an_initial_leads_to_its_first_book_and_filters_nothing(member: Client, shelf: list[Book]) -> None:
    answer = member.get("/books/?sort=title&look=table")
    assert list(links(answer)) == ["0–9", "A", "S", "W", "Я"]
    assert len(answer.context["letters"]) == 28
    page = answer.content.decode()
    assert '<tr class="day"><th colspan="6" scope="rowgroup">No title</th></tr>' in page
    assert page.index('scope="rowgroup">S<') < page.index("The Sea</a>") < page.index('scope="rowgroup">W<')
    there = member.get("/books/" + links(answer)["S"])
    assert titles(there) == ["The Sea", "A Wizard of Earthsea", "Мы", ""]
    assert [letter.label for letter in there.context["letters"] if letter.is_here] == ["S"]
    assert titles(member.get("/books/" + there.context["page"].previous_url)) == ["1984", "Annihilation"]
    by_author = member.get("/books/?sort=author")
    assert list(links(by_author)) == ["B", "G", "O", "V", "Я"]
    assert titles(member.get("/books/" + links(by_author)["O"])) == ["1984", "Annihilation", "Мы", ""]


def test_of_a_filtered_list_only_its_own_initials_are_links(member: Client, shelf: list[Book]) -> None:
    answer = member.get("/books/?sort=title&decade=2000&decade=2010")
    assert list(links(answer)) == ["A", "S"]
    assert titles(member.get("/books/" + links(answer)["S"])) == ["The Sea"]
    assert "letters" not in member.get("/books/?sort=newest").context


def test_authors_and_subjects_have_a_to_z(member: Client, shelf: list[Book]) -> None:
    Subject.objects.create(name="Sea stories", key="s")
    answer = member.get("/authors/")
    assert list(links(answer)) == ["B", "G", "O", "V", "Я"]
    there = member.get("/authors/" + links(answer)["O"])
    assert [row.name for row in there.context["rows"]] == ["George Orwell", "Jeff VanderMeer", "Евгений Замятин"]
    assert list(links(member.get("/subjects/"))) == ["S"]
    assert "letters" not in member.get("/authors/?q=o").context


def test_a_removed_book_has_no_initial(member: Client, shelf: list[Book]) -> None:
    Book.objects.filter(title="The Sea").update(removed_at="2026-01-01T00:00:00Z")
    assert list(links(member.get("/books/?sort=title"))) == ["0–9", "A", "W", "Я"]


@pytest.mark.sqlite
def test_which_initials_there_are_is_one_question_to_the_index(member: Client, shelf: list[Book]) -> None:
    for url, index in (("/books/?sort=title", "book_by_filing_title"), ("/authors/", "author_by_filing")):
        with CaptureQueriesContext(connection) as queries:
            member.get(url)
        [sql] = [query["sql"] for query in queries if query["sql"].startswith("SELECT EXISTS(SELECT 1 FROM")]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plans = [row[3] for row in cursor.fetchall() if row[3].startswith(("SEARCH", "SCAN"))]
        assert {plan.split(" (")[0].rsplit(" ", 1)[1] for plan in plans if "CONSTANT" not in plan} == {index}


def test_what_a_person_writes_moves_the_book(member: Client, shelf: list[Book], charlie: Any) -> None:
    sea = shelf[0]
    write(sea, {"title": "The Ocean", "publish_date": "1999", "authors": [("x", "Ann Aalto")]}, charlie)
    sea.refresh_from_db()
    assert (sea.filing_title, sea.filing_author, sea.filing_year) == ("ocean", "aalto ann", 1999)
    Author.objects.filter(name="Ann Aalto").update(filing_key="zz")
    refile([sea.pk])
    assert Book.objects.get(pk=sea.pk).filing_author == "zz"


def test_a_page_of_letters_asks_as_many_questions_whatever_it_holds(member: Client, shelf: list[Book]) -> None:
    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            member.get(url)
        return len(queries)

    urls = ["/books/?sort=title&look=table", "/authors/"]
    few = [cost(url) for url in urls]
    Book.objects.bulk_create([Book(isbn=isbn, title=f"B {isbn}", state="filled") for isbn in isbns(40, 100)])
    assert [cost(url) for url in urls] == few
