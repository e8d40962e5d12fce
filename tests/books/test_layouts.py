"""Books as covers or as a table, and how many books a name has."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books import shelves
from task.books.models import Author, Book, BookAuthor, BookSubject, Subject
from task.books.tasks import look_up_books
from task.jobs.models import Job
from tests.books.conftest import isbns
from tests.books.test_carts import scanned

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_covers_come_first_and_the_choice_is_kept(member: Client) -> None:
    author = Author.objects.create(name="A B", key="a")
    book = Book.objects.create(isbn=isbns(1)[0], title="T", state="filled")
    BookAuthor.objects.create(book=book, author=author)
    for url in ("/books/", author.get_absolute_url()):
        member.cookies.pop("books_look", None)
        assert 'class="shelf' in page(member, url)
        assert "<table" in page(member, f"{url}?look=table")
        assert "<table" in page(member, url)
        assert "<table" in page(member, f"{url}?look=nonsense")
        assert 'class="shelf' in page(member, f"{url}?look=covers")
        assert 'class="shelf' in page(member, url)


@pytest.mark.parametrize(
    ("name", "date", "line"),
    [
        ("مؤلف مجهول", "1900", "<bdi>مؤلف مجهول</bdi>, 1900"),
        ("A B", "", "<bdi>A B</bdi>"),
        ("", "1900", "1900"),
    ],
)
def test_a_year_stands_behind_its_author_in_any_script(member: Client, name: str, date: str, line: str) -> None:
    book = Book.objects.create(isbn=isbns(1)[0], title="T", state="filled", publish_date=date)
    if name:
        BookAuthor.objects.create(book=book, author=Author.objects.create(name=name, key="a"))
    assert f'<span dir="auto">{line}</span>' in page(member, "/books/")
    assert f'<p dir="auto">{line}</p>' in page(member, f"/orders/new/?book={book.isbn}")


def test_names_have_as_many_books_as_they_have(member: Client) -> None:
    books = Book.objects.bulk_create(Book(isbn=isbn, title="T", state="filled") for isbn in isbns(3))
    many, one, none = (Subject.objects.create(name=name, key=name) for name in ("Many", "One", "None"))
    BookSubject.objects.bulk_create(BookSubject(book=book, subject=many) for book in books)
    BookSubject.objects.create(book=books[0], subject=one)
    answer = member.get("/subjects/")
    assert {row.name: row.count for row in answer.context["rows"]} == {"Many": 3, "One": 1, "None": 0}
    assert [row.name for row in answer.context["biggest"]][:2] == ["Many", "One"]
    words = " ".join(answer.content.decode().split())
    assert "3 books</span>" in words
    assert "1 book</span>" in words
    assert "3 books on this subject" in page(member, many.get_absolute_url())
    assert "1 book on this subject" in page(member, one.get_absolute_url())
    assert "0 books on this subject" in page(member, none.get_absolute_url())


def test_nobody_counts_a_million(member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count reads no more rows than its ceiling, in one query for the whole page."""
    monkeypatch.setattr(shelves, "MOST_EACH", 4)
    monkeypatch.setattr(shelves, "MOST_OF_ONE", 6)
    books = Book.objects.bulk_create(Book(isbn=isbn, title="T", state="filled") for isbn in isbns(9))
    subjects = [Subject.objects.create(name=f"S{number}", key=f"s{number}") for number in range(5)]
    BookSubject.objects.bulk_create(BookSubject(book=book, subject=one) for book in books for one in subjects)
    with CaptureQueriesContext(connection) as queries:
        answer = member.get("/subjects/")
    assert {row.count for row in answer.context["rows"]} == {5}
    counting = [query["sql"] for query in queries if "COUNT(*)" in query["sql"]]
    assert len(counting) == 1
    assert "LIMIT 5" in counting[0]
    assert "more than 4 books" in " ".join(answer.content.decode().split())
    assert "More than 6 books on this subject" in page(member, subjects[0].get_absolute_url())


def test_home_tells_which_books_need_a_hand_and_what_was_scanned_last(member: Client, alice: Any, bob: Any) -> None:
    first, second, third, other = isbns(4)
    Book.objects.create(isbn=first, state="failed", reason="It stumbled.", scanned_by=alice)
    Book.objects.create(isbn=other, state="failed", reason="Not yours.", scanned_by=bob)
    Book.objects.create(isbn=second, state="not_found", reason="Nobody knows.", scanned_by=alice)
    scanned(alice, third)
    Book.objects.filter(isbn=third).update(title="The last one", state="filled")
    home = page(member, "/")
    assert "Nobody knows." in home
    assert "It stumbled." in home
    assert "Not yours." not in home
    assert "The last one</b></a> found, <time" in home


def test_several_books_that_were_not_found_are_one_row_and_one_new_look_up(
    member: Client, alice: Any, bob: Any
) -> None:
    first, second, failed, other = isbns(4)
    for isbn, state, owner in ((first, "not_found", alice), (second, "not_found", alice), (other, "not_found", bob)):
        Book.objects.create(isbn=isbn, state=state, scanned_by=owner)
    Book.objects.create(isbn=failed, state="failed", scanned_by=alice)
    home = page(member, "/")
    assert "Needs attention</h2><span>3</span>" in home
    assert "2 books not found" in home
    assert f'href="/books/{first}/"' in home
    answer = member.post("/books/lookup/", {"state": "not_found"})
    job = Job.objects.get()
    assert answer.headers["Location"] == job.get_absolute_url()
    assert (job.owner, job.arguments) == (alice, {"count": 2})
    assert set(Book.objects.filter(job=job, state="waiting").values_list("isbn", flat=True)) == {first, second}
    assert "2 books not found" not in page(member, "/")
    again = member.post("/books/lookup/", {"state": "not_found"}, follow=True)
    assert "There is nothing to look up again." in again.content.decode()
    member.post("/books/lookup/", {"state": "filled"})
    assert Job.objects.count() == 1


def test_a_book_whose_job_failed_is_told_once(member: Client, alice: Any) -> None:
    job = look_up_books.apply_async(kwargs={"count": 1}, owner=alice)
    Book.objects.create(isbn=isbns(1)[0], state="failed", reason="The shelf fell.", scanned_by=alice, job=job)
    Job.objects.update(state="failed", error="The shelf fell.")
    assert page(member, "/").count("The shelf fell.") == 1
    member.post(f"/jobs/{job.pk}/leave/")
    assert "Needs attention" not in page(member, "/")


def test_the_scan_page_counts_the_rows_of_the_cart(member: Client, alice: Any) -> None:
    scanned(alice, *isbns(5), isbns(1)[0], "12")
    Book.objects.exclude(isbn=isbns(1)[0]).update(state="filled", title="T")
    context = member.get("/books/scan/").context
    assert [(words, count) for _, words, count in context["figures"]] == [("found", 4), ("refused", 1)]
    assert (context["scanned"], context["looking_up"]) == (7, 2)
