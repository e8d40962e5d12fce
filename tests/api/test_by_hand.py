"""A book by hand, for programs."""

from typing import Any

import pytest

from task.books.models import Book

pytestmark = pytest.mark.django_db


def test_programs_enter_books_too(program: Any, alice: Any) -> None:
    body = {"title": "The Parish Register", "authors": ["Wrote, Ada", "Ben Oye"], "copies": 2}
    answer = program(alice).post("/api/books/", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
    assert answer.status_code == 201
    assert answer.json()["number"] == "L000001"
    assert answer["Location"].endswith("/api/books/L000001/")
    again = program(alice).post("/api/books/", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
    assert again.json()["number"] == "L000001"
    assert Book.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "title"), ({"title": "x", "pages": 0}, "pages"), ({"title": "x", "isbn": "12"}, "isbn"),
     ({"title": ["x"]}, "title"), ({"title": "x", "authors": "y"}, "authors"), ({"title": "x", "z": 1}, "z")],
)  # fmt: skip
def test_programs_read_the_same_sentences(program: Any, alice: Any, body: Any, field: str) -> None:
    answer = program(alice).post("/api/books/", body, format="json")
    assert answer.status_code == 400
    assert [error["pointer"].split("/")[1] for error in answer.json()["errors"]] == [field]


@pytest.fixture
def book(db: None) -> Book:
    return Book.objects.create(isbn="9780345418913", title="Dune", state="filled", source="Open Library", copies=2)


def patch(client: Any, **body: Any) -> Any:
    return client.patch("/api/books/9780345418913/", body, format="json")


def test_programs_of_staff_change_what_they_send_and_nothing_else(program: Any, charlie: Any, book: Book) -> None:
    staff = program(charlie, as_staff=True)
    answer = patch(staff, authors=["Frank Herbert"], language="de", location="Store · 2", copies=3)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["title"], body["language"], body["location"], body["copies"]) == ("Dune", "German", "Store · 2", 3)
    assert body["locked"] == ["authors", "language"]
    assert patch(staff, unlock=["authors"]).json()["locked"] == ["language"]


def test_a_version_that_was_changed_since_is_refused(program: Any, charlie: Any, book: Book) -> None:
    staff = program(charlie, as_staff=True)
    version = patch(staff, subtitle="One").json()["version"]
    assert patch(staff, subtitle="Two", version=version).status_code == 200
    answer = patch(staff, subtitle="Three", version=version)
    assert answer.status_code == 409
    assert "Changed by somebody else since: Subtitle." in answer.json()["detail"]
    assert patch(staff, note="Another field", version=version).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [({"pages": 0}, "pages"), ({"isbn": "12"}, "isbn"), ({"copies": -1}, "copies"), ({"unlock": ["x"]}, "unlock"),
     ({"publish_date": "99999"}, "publish_date"), ({"title": ""}, "title"), ({"z": 1}, "z")],
)  # fmt: skip
def test_changes_that_can_not_be_are_refused_field_by_field(
    program: Any, charlie: Any, book: Book, body: Any, field: str
) -> None:
    answer = patch(program(charlie, as_staff=True), **body)
    assert answer.status_code == 400
    assert [error["pointer"].split("/")[1] for error in answer.json()["errors"]] == [field]


def test_members_change_their_own_alone_and_not_what_is_the_staffs(
    program: Any, alice: Any, bob: Any, settings: Any, book: Book
) -> None:
    Book.objects.update(scanned_by=alice)
    assert patch(program(alice), title="Mine").status_code == 404
    settings.MEMBERS_EDIT_OWN_BOOKS = True
    assert patch(program(bob), title="Mine").status_code == 404
    assert patch(program(alice), title="Mine").json()["title"] == "Mine"
    assert patch(program(alice), copies=9).status_code == 400


def test_programs_read_the_history_and_take_a_change_back(program: Any, charlie: Any, bob: Any, book: Book) -> None:
    staff = program(charlie, as_staff=True)
    patch(staff, subtitle="One", note="Two")
    (change,) = staff.get("/api/books/9780345418913/history/").json()["results"]
    assert change["by"] == "charlie"
    assert change["fields_changed"] == {"subtitle": {"was": "", "now": "One"}, "note": {"was": "", "now": "Two"}}
    assert program(bob).get("/api/books/9780345418913/history/").json()["results"][0]["by"] is None
    address = f"/api/books/9780345418913/history/{change['id']}/take-back/"
    assert program(bob).post(address).status_code == 404
    assert staff.post(address).json()["reverts"] == change["id"]
    assert staff.get("/api/books/9780345418913/").json()["subtitle"] == ""
    assert staff.post(address).status_code == 409


def test_programs_of_staff_delete_a_book_and_put_it_back(program: Any, charlie: Any, bob: Any, book: Book) -> None:
    staff, address = program(charlie, as_staff=True), "/api/books/9780345418913/"
    assert program(bob).delete(address).status_code == 404
    Book.objects.update(ordered=1)
    assert staff.delete(address).status_code == 409
    Book.objects.update(ordered=0)
    assert staff.delete(address).status_code == 204
    assert staff.get(address).status_code == 404
    assert staff.post(f"{address}put-back/").json()["copies"] == 2
    assert staff.get(address).status_code == 200
