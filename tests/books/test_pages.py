"""The books pages: who sees what, what a search finds, and what a page costs."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.again import look_up_again
from task.books.fill import Portion
from task.books.models import Author, Book, BookAuthor, Person, Subject
from task.books.sources import Edition, Name
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.conftest import isbns, scan
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db
HITCHHIKER, ORWELL = "9780345418913", "9780451524935"


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def found(answer: Any) -> list[str]:
    return [row.isbn for row in answer.context["rows"]]


def fill(isbn: str, title: str, *authors: str, owner: Any = None, **fields: Any) -> Book:
    book = Book.objects.create(isbn=isbn, scanned_by=owner)
    portion = Portion()
    names = [Name(f"name:{name.lower()}", name) for name in authors]
    portion.add(book, Edition(title=title, authors=names, source="Open Library", **fields), None)
    portion.write()
    book.refresh_from_db()
    return book


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)


@pytest.fixture
def shelf(alice: Any) -> list[Book]:
    return [
        fill(HITCHHIKER, "The Hitchhiker's Guide", "Douglas Adams", owner=alice),
        fill(ORWELL, "1984", "George Orwell", owner=alice),
        fill("9780451526342", "Animal Farm", "George Orwell", owner=alice),
        fill("9788437604947", "Cien años de soledad", "Gabriel García Márquez", owner=alice),
    ]


def test_every_page_wants_a_log_in(client: Client, shelf: list[Book]) -> None:
    named = Author.objects.first()
    for url in ("/books/", f"/books/{ORWELL}/", "/authors/", "/people/", "/subjects/", named.get_absolute_url()):
        answer = client.get(url)
        assert (url, answer.status_code) == (url, 302)
        assert "login" in answer["Location"]
    assert client.post(f"/books/{ORWELL}/lookup/").status_code == 302


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("hitch", ["The Hitchhiker's Guide"]),  # people leave the article out
        ("the hitch", ["The Hitchhiker's Guide"]),
        ("THE  HITCH", ["The Hitchhiker's Guide"]),
        ("adams", ["The Hitchhiker's Guide"]),
        ("Douglas A", ["The Hitchhiker's Guide"]),
        ("adams, d", ["The Hitchhiker's Guide"]),
        ("orwell", ["1984", "Animal Farm"]),
        ("marquez", ["Cien años de soledad"]),
        ("CIEN ANOS", ["Cien años de soledad"]),
        ("1984", ["1984"]),
        (ORWELL, ["1984"]),
        ("978-0-451-52493-5", ["1984"]),
        ("0451524934", ["1984"]),
        ("978045152", ["1984", "Animal Farm"]),
        ("978-0-451-5", ["1984", "Animal Farm"]),
        ("%", []),
        ("_", []),
        ("\0", ["1984", "Animal Farm", "Cien años de soledad", "The Hitchhiker's Guide"]),
        ("  ", ["1984", "Animal Farm", "Cien años de soledad", "The Hitchhiker's Guide"]),
        ("x" * 5000, []),
    ],
)
def test_a_search_finds_title_author_and_isbn(member: Client, shelf: list[Book], query: str, titles: list[str]) -> None:
    answer = member.get("/books/", {"q": query, "sort": "title"})
    assert answer.status_code == 200
    assert [row.title for row in answer.context["rows"]] == titles


def test_states_filter_and_an_unknown_one_is_everything(member: Client, shelf: list[Book], alice: Any) -> None:
    scan(isbns(1), alice)
    assert found(member.get("/books/?state=waiting")) == isbns(1)
    assert len(found(member.get("/books/?state=filled"))) == 4
    assert found(member.get("/books/?state=failed")) == []
    assert len(found(member.get("/books/?state=nonsense"))) == 5
    assert found(member.get("/books/?state=filled&q=1984")) == [ORWELL]
    assert found(member.get("/books/?state=waiting&q=1984")) == []


def test_newest_come_first_and_pages_follow_each_other(member: Client) -> None:
    Book.objects.bulk_create([Book(isbn=isbn, title=isbn, title_key=isbn, state="filled") for isbn in isbns(60)])
    for sort, expected in (("newest", isbns(60)[::-1]), ("oldest", isbns(60)), ("title", isbns(60))):
        seen, url = [], f"/books/?sort={sort}"
        while url:
            answer = member.get(url)
            seen += found(answer)
            step = answer.context["page"].next_url
            url = f"/books/{step}" if step else ""
        assert seen == expected


@pytest.mark.parametrize("query", ["?after=x", "?before=%00", "?sort=%27", "?after=W10", "?last=1", "?state=%00&q=%ff"])
def test_odd_addresses_of_a_list_are_pages(member: Client, shelf: list[Book], query: str) -> None:
    for url in ("/books/", "/authors/", "/people/", "/subjects/", Author.objects.first().get_absolute_url()):
        assert member.get(url + query).status_code == 200


def test_a_page_asks_as_many_questions_whatever_it_holds(member: Client, shelf: list[Book]) -> None:
    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert member.get(url).status_code == 200
        return len(queries)

    urls = [
        "/books/",
        "/books/?q=a",
        "/authors/",
        "/authors/?q=a",
        Author.objects.first().get_absolute_url(),
        "/books/scan/",
    ]
    books = [(isbn, f"A {number}", f"Ann {number}", "Douglas Adams") for number, isbn in enumerate(isbns(40))]
    for book in books[:10]:  # so many that their words are common
        fill(*book)
    few = [cost(url) for url in urls]
    for book in books[10:]:
        fill(*book)
    assert [cost(url) for url in urls] == few


@pytest.mark.sqlite
def test_no_page_reads_the_whole_table(member: Client, shelf: list[Book]) -> None:
    """Each list comes from an index, or by id, in its order: 26 rows are read, and none is sorted."""
    fill(isbns(1)[0], "T", "A B", subjects=[Name("/subjects/x", "X")], people=[Name("/subjects/person:p", "P Q")])
    named = [each.objects.first().get_absolute_url() for each in (Author, Person, Subject)]
    lists = [
        "/books/",
        *(f"/books/?sort={sort}" for sort in ("title", "author", "year", "oldest")),
        "/books/?state=failed",
        "/books/?last=1",
    ]
    lists += ["/authors/", "/people/?sort=newest", "/subjects/", *named]
    for url in lists:
        with CaptureQueriesContext(connection) as queries:
            member.get(url)
        for query in queries:
            if "books_" in query["sql"] and query["sql"].startswith("SELECT") and "LIMIT 26" in query["sql"]:
                plan = _plan(query["sql"])
                assert "TEMP B-TREE" not in plan, (url, query["sql"], plan)


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        return "; ".join(row[3] for row in cursor.fetchall())


# One book


def test_a_book_shows_all_that_is_known(member: Client) -> None:
    fill(
        ORWELL, "1984", "George Orwell", subtitle="a novel", pages=328, publish_date="May 1950", publishers=["Signet"],
        subjects=[Name("/subjects/dystopia", "Dystopia")], people=[Name("/subjects/person:winston", "Winston Smith")],
        outside_url="https://openlibrary.org/books/OL1M",
    )  # fmt: skip
    page = words(member.get(f"/books/{ORWELL}/"))
    for word in ("1984", "a novel", "George Orwell", "328", "May 1950", "Signet", "Dystopia", "Winston Smith", ORWELL):
        assert word in page
    assert "https://openlibrary.org/books/OL1M" in page
    assert "Try again" not in page


@pytest.mark.parametrize(
    "spelling", ["978-0-451-52493-5", "0451524934", "0-451-52493-4", "978 0 451 52493 5", "ISBN 9780451524935"]
)
def test_other_spellings_lead_to_the_book(member: Client, shelf: list[Book], spelling: str) -> None:
    answer = member.get(f"/books/{spelling}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/books/{ORWELL}/")


@pytest.mark.parametrize("isbn", ["9780000000002", "9780451524936", "Dune", "0", "x" * 500, "%00", "%F0%9F%93%9A"])
def test_what_is_not_here_is_a_404(member: Client, shelf: list[Book], isbn: str) -> None:
    assert member.get(f"/books/{isbn}/").status_code == 404


def test_odd_texts_are_shown_as_text(member: Client) -> None:
    title = "<script>alert(1)</script> ألف ليلة وليلة " + "x" * 700
    fill(ORWELL, title, "<b>Ann</b>", publishers=["<i>P</i>"], subjects=[Name("/subjects/<x>", "<u>S</u>")])
    for url in ("/books/", f"/books/{ORWELL}/", "/authors/", "/subjects/", "/"):
        answer = member.get(url)
        assert answer.status_code == 200
        for markup in (b"<script>alert", b"<b>Ann", b"<i>P", b"<u>S"):
            assert markup not in answer.content


def test_a_waiting_book_fills_on_its_page(member: Client, library: OpenLibrary, alice: Any) -> None:
    scan([ORWELL], alice)
    assert 'data-live="/books/9780451524935/"' in words(member.get(f"/books/{ORWELL}/"))
    execute_all()
    part = words(member.get(f"/books/{ORWELL}/", headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert "data-live" not in part


def test_two_authors_stand_in_the_order_of_the_title_page(member: Client) -> None:
    fill(ORWELL, "T", "Zed Last", "Ann First")
    book = member.get("/books/").context["rows"][0]
    assert book.author_names == "Zed Last, Ann First"
    assert BookAuthor.objects.count() == 2


# Looking up again


def scanned(answer: Any) -> str:
    """What a book's page says of its scan, without its markup."""
    [line] = re.findall(r"<dt>Added</dt><dd>(.*?)</dd>", words(answer))
    return re.sub("<[^>]*>", "", line)


@pytest.mark.parametrize("part", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["page", "live part"])
def test_who_scanned_a_book_is_told_to_nobody_but_staff(
    client_of: Callable[[Any], Client], people: dict[str, Any], part: dict[str, str]
) -> None:
    book = Book.objects.create(isbn=ORWELL, scanned_by=people["alice"], title="1984")
    pages = {name: client_of(person).get(book.get_absolute_url(), **part) for name, person in people.items()}
    assert scanned(pages["alice"]).endswith(" by you")
    assert scanned(pages["charlie"]).endswith(" by alice")
    assert " by " not in scanned(pages["bob"])
    assert "alice" not in words(pages["bob"])


@pytest.mark.parametrize("state", ["not_found", "failed", "cancelled"])
def test_who_scanned_it_and_staff_may_look_it_up_again(
    client_of: Callable[[Any], Client], people: dict[str, Any], library: OpenLibrary, state: str
) -> None:
    for name in ("alice", "charlie"):
        Book.objects.all().delete()
        Book.objects.create(isbn=ORWELL, scanned_by=people["alice"], state=state, reason="Because.")
        client = client_of(people[name])
        page = words(client.get(f"/books/{ORWELL}/"))
        assert "Because." in page
        assert f'action="/books/{ORWELL}/lookup/"' in page
        client.post(f"/books/{ORWELL}/lookup/")
        book, job = Book.objects.get(), Job.objects.get(owner=people[name])
        assert (book.state, book.reason, book.job) == ("waiting", "", job)
        execute_all()
        assert Book.objects.get().state == "filled"


def test_a_stranger_may_not(client_of: Callable[[Any], Client], alice: Any, bob: Any) -> None:
    Book.objects.create(isbn=ORWELL, scanned_by=alice, state="failed", reason="Because.")
    page = words(client_of(bob).get(f"/books/{ORWELL}/"))
    assert "Because." in page
    assert "lookup" not in page
    assert client_of(bob).post(f"/books/{ORWELL}/lookup/").status_code == 404
    assert Job.objects.count() == 0


def test_only_by_post_and_only_what_has_something_to_find(member: Client, alice: Any) -> None:
    book = Book.objects.create(isbn=ORWELL, scanned_by=alice, state="failed")
    assert member.get(f"/books/{ORWELL}/lookup/").status_code == 405
    assert member.post("/books/9780000000002/lookup/").status_code == 404
    assert look_up_again([book], alice) is not None
    assert look_up_again([book], alice) is None
    assert member.post(f"/books/{ORWELL}/lookup/").status_code == 302
    assert Job.objects.count() == 1


# Names


def test_authors_are_filed_by_their_last_name_and_found_by_each(member: Client, shelf: list[Book]) -> None:
    answer = member.get("/authors/")
    assert [row.name for row in answer.context["rows"]] == ["Douglas Adams", "Gabriel García Márquez", "George Orwell"]
    for query in ("orw", "george", "Orwell, G"):
        assert [row.name for row in member.get("/authors/", {"q": query}).context["rows"]] == ["George Orwell"]


def test_each_name_has_its_books(member: Client) -> None:
    fill(
        ORWELL, "1984", "George Orwell", subjects=[Name("/subjects/d", "Dystopia")], people=[Name("p", "Winston Smith")]
    )
    fill(HITCHHIKER, "Guide", "Douglas Adams")
    for model, name in ((Author, "George Orwell"), (Person, "Winston Smith"), (Subject, "Dystopia")):
        answer = member.get(model.objects.get(name=name).get_absolute_url())
        assert (answer.status_code, found(answer)) == (200, [ORWELL])
        assert name in words(answer)


@pytest.mark.parametrize("kind", ["authors", "people", "subjects"])
@pytest.mark.parametrize("pk", ["0", "999", "99999999999999999999999"])
def test_a_name_that_is_not_there_is_a_404(member: Client, kind: str, pk: str) -> None:
    assert member.get(f"/{kind}/{pk}/").status_code == 404


def test_empty_lists_say_what_to_do(member: Client) -> None:
    for url in ("/books/", "/authors/", "/people/", "/subjects/", "/authors/?q=zzz"):
        assert 'class="empty"' in words(member.get(url))
    assert "What you can do" in words(member.get("/books/?q=zzz"))


def test_the_home_page_has_the_scan_box_and_the_newest_books(member: Client, shelf: list[Book]) -> None:
    page = words(member.get("/"))
    assert 'action="/books/scan/"' in page
    assert 'name="form_token"' in page
    assert "Animal Farm" in page
