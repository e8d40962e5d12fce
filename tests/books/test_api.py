"""Books for programs."""

import pytest

from task.books.models import Author, Book, BookAuthor, BookSubject, Subject
from task.books.search import index
from task.jobs.models import Job
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db

BULK = "/books/bulk-create"
GOOD = ["9780345418913", "9780451524935"]


@pytest.fixture
def api(program, alice):
    return program(alice)


def send(api, *isbns, path=BULK):
    return api.post(path, {"isbn": list(isbns)}, format="json")


class TestBulkCreate:
    @pytest.mark.parametrize("path", [BULK, "/api/books/bulk-create"])
    def test_new_books_are_there_at_once_and_their_look_up_waits(self, api, alice, path):
        answer = send(api, *GOOD, path=path)
        body, job = answer.json(), Job.objects.get()
        assert answer.status_code == 201
        assert body == {"isbn": GOOD, "known": [], "invalid": [], "job": f"http://testserver/api/jobs/{job.pk}/"}
        assert answer.headers["Location"] == body["job"]
        assert [(book.isbn, book.state, book.job_id, book.scanned_by) for book in Book.objects.order_by("isbn")] == [
            (isbn, "waiting", job.pk, alice) for isbn in GOOD
        ]
        assert (job.owner, job.arguments) == (alice, {"count": 2})

    def test_what_is_known_or_no_isbn_is_told_and_the_rest_goes_on(self, api):
        Book.objects.create(isbn=GOOD[0])
        body = send(api, *GOOD, "9780451524936", "x", "0-451-52493-4").json()
        assert (body["isbn"], body["known"]) == ([GOOD[1]], [GOOD[0]])
        assert body["invalid"] == [
            {"isbn": "9780451524936", "reason": "Its check digit should be 5."},
            {"isbn": "x", "reason": "It has 1 digit, and an ISBN has 10 or 13."},
        ]

    def test_a_number_is_an_isbn_too(self, api):
        assert send(api, 9780345418913).json()["isbn"] == [GOOD[0]]

    def test_nothing_new_is_no_job(self, api):
        Book.objects.create(isbn=GOOD[0])
        answer = send(api, GOOD[0])
        assert answer.status_code == 200
        assert answer.json()["job"] is None
        assert not Job.objects.exists()

    def test_nothing_good_is_refused_with_the_reasons(self, api):
        answer = send(api, "9780451524936")
        assert answer.status_code == 400
        assert answer.json()["detail"] == "9780451524936: Its check digit should be 5."

    def test_too_many_at_once(self, api):
        answer = send(api, *[GOOD[0]] * 5001)
        assert answer.status_code == 400
        assert answer.json()["detail"] == "At most 5,000 ISBNs go at once. Send the rest in another request."


class TestReading:
    @pytest.fixture
    def book(self):
        book = Book.objects.create(isbn=GOOD[0], title="The Hitchhiker's Guide", state=Book.State.FILLED)
        author = Author.objects.create(name="Douglas Adams", key="/authors/A")
        subject = Subject.objects.create(pk=1, name="Space", key="/subjects/space")
        BookAuthor.objects.create(book=book, author=author)
        BookSubject.objects.create(book=book, subject=subject)
        return book

    def test_the_list_is_searched_and_sorted_as_the_page(self, api, book):
        other = Book.objects.create(isbn=GOOD[1], title="1984")
        index([book.pk, other.pk])
        found = api.get("/api/books/?q=the+hitch").json()["results"]
        assert [row["isbn"] for row in found] == [GOOD[0]]
        assert found[0]["authors"][0]["name"] == "Douglas Adams"
        by_title = api.get("/api/books/?sort=title").json()["results"]
        assert [row["title"] for row in by_title] == ["1984", "The Hitchhiker's Guide"]
        assert api.get("/api/books/?state=filled").json()["results"] == found
        assert api.get("/api/books/?state=odd").status_code == 400

    @pytest.mark.parametrize("isbn", ["9780345418913", "0345418913", "978-0-345-41891-3"])
    def test_a_book_by_its_isbn_in_any_spelling(self, api, book, isbn):
        told = api.get(f"/api/books/{isbn}/").json()
        assert (told["isbn"], told["subjects"][0]["name"]) == (GOOD[0], "Space")

    def test_an_author_has_the_books(self, api, book):
        (listed,) = api.get("/api/authors/?q=adams").json()["results"]
        told = api.get(listed["url"]).json()
        assert [each["isbn"] for each in told["newest_books"]] == [GOOD[0]]
        assert [each["isbn"] for each in api.get(told["books"]).json()["results"]] == [GOOD[0]]

    @pytest.mark.parametrize("path", ["/api/books/", "/api/authors/", "/api/subjects/1/books/"])
    def test_a_page_costs_at_most_eight_queries(self, api, book, django_assert_max_num_queries, path):
        api.get(path)
        with django_assert_max_num_queries(8):
            assert api.get(path).status_code == 200
