"""The spines above the authors, people and subjects: of the whole catalogue, at a cost that does not grow."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books import rankings
from task.books.models import Author, Book, BookAuthor, BookSubject, Ranking, Subject
from task.books.rankings import rank, ranking
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from tests.books.conftest import isbns


def catalogue(authors: int = 40, most: int = 3) -> list[Author]:
    """Authors with one book, the last in every order with the most."""
    books = [Book.objects.create(isbn=isbn, title="T", state="filled") for isbn in isbns(most)]
    made = [Author.objects.create(name=f"A {number:02d}", key=f"a{number}") for number in range(authors)]
    BookAuthor.objects.bulk_create(BookAuthor(book=books[0], author=author) for author in made[:-1])
    BookAuthor.objects.bulk_create(BookAuthor(book=book, author=made[-1]) for book in books)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?sort=newest", "?last=1"])
def test_the_spines_are_of_the_whole_catalogue_on_each_page(member: Client, query: str) -> None:
    catalogue()
    answer = member.get(f"/authors/{query}")
    shown = answer.context["biggest"]
    assert (shown[0].name, shown[0].count, len(shown)) == ("A 39", 3, 12)
    assert ("A 39" in [row.name for row in answer.context["rows"]]) == bool(query)
    page = " ".join(answer.content.decode().split())
    assert "The authors with the most books<span" in page
    assert "<bdi>A 39</bdi>, 3;" in page
    assert "spines-box" not in member.get("/authors/?q=A").content.decode()
    assert "spines-box" not in member.get("/people/").content.decode()


@pytest.mark.django_db
def test_a_large_catalogue_shows_what_was_counted_and_reads_no_more(
    member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rankings, "MOST_COUNTED", 10)
    authors = catalogue()
    assert ranking(BookAuthor) == ([], None)  # not counted yet
    rank.delay()
    execute_all()
    shown, counted = ranking(BookAuthor)
    assert [(each.name, each.count) for each in shown[:2]] == [("A 39", 3), ("A 00", 1)]
    assert len(shown) == rankings.SHOWN
    assert counted is not None
    with CaptureQueriesContext(connection) as queries:
        page = member.get("/authors/").content.decode()
    assert ", counted <time" in page
    links = [query["sql"] for query in queries if 'FROM "books_bookauthor"' in query["sql"]]
    assert links
    assert all("LIMIT" in sql for sql in links)
    authors[-1].name = "<b>Renamed</b>"
    authors[-1].save()
    rank.delay()
    execute_all()
    page = member.get("/authors/").content.decode()
    assert "&lt;b&gt;Renamed" in page
    assert "<b>Renamed" not in page
    assert Ranking.objects.count() == 3
    assert {job.state for job in Job.objects.filter(kind="books.rank")} == {"succeeded"}


@pytest.mark.django_db(transaction=True)
def test_counting_survives_being_killed_anywhere() -> None:
    catalogue(authors=3)
    subject = Subject.objects.create(name="S", key="s")
    BookSubject.objects.bulk_create(BookSubject(book=book, subject=subject) for book in Book.objects.all())
    assert assert_survives(rank, ignore=("books.ranking.counted",)) > 10
