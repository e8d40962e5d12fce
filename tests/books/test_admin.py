"""The administration's pages of books: what they cost, and what they leave alone."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.forms import ModelForm
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.models import Author, Book, Person, Subject
from task.jobs.services import rate_limit
from tests.books.conftest import isbns

pytestmark = pytest.mark.django_db
ORWELL = "9780451524935"


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def boss(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    charlie.is_superuser = True
    charlie.save()
    return client_of(charlie)


def test_every_list_and_every_book_opens(boss: Client) -> None:
    book = Book.objects.create(isbn=ORWELL, title="Animal Farm", state="filled")
    for table in (Author, Person, Subject):
        table.objects.create(key="name:ani", name="Ani")
    rate_limit.wait_for_turn("Open Library", 0)
    for model in ("books/book", "books/author", "books/person", "books/subject", "jobs/ratelimit"):
        assert boss.get(f"/admin/{model}/?q=ani").status_code == 200
    assert boss.get(f"/admin/books/book/{book.pk}/change/").status_code == 200


@pytest.mark.parametrize("model", ["books/book", "books/author", "books/person", "books/subject", "jobs/ratelimit"])
def test_no_list_of_the_administration_counts_the_whole_table(boss: Client, model: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        boss.get(f"/admin/{model}/")
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 1000" in sql for sql in counts), counts


def test_all_rows_of_a_list_that_is_not_counted_are_not_deleted_at_once(boss: Client) -> None:
    Book.objects.bulk_create([Book(isbn=isbn, state="filled") for isbn in isbns(1001)])
    one = Book.objects.earliest("id").pk
    asked = {"action": "delete_selected", "select_across": "1", "_selected_action": str(one), "index": "0"}
    answer = boss.post("/admin/books/book/", asked, follow=True)
    assert "This may be more than 1,000 rows." in words(answer)
    assert "Are you sure" not in words(answer)
    assert "Are you sure" in words(boss.post("/admin/books/book/", asked | {"select_across": "0"}))


def test_the_administration_adds_no_book_and_makes_none_wait(boss: Client, alice: Any) -> None:
    assert boss.get("/admin/books/book/add/").status_code == 403
    assert boss.post("/admin/books/book/add/", {"isbn": "hello", "copies": 1}).status_code == 403
    book = Book.objects.create(isbn=ORWELL, title="1984", state="filled", publishers=["Secker"])
    typed = {"isbn": "hello", "state": "waiting", "title": "Nineteen Eighty-Four", "publishers": "[]", "copies": 2}
    assert boss.post(f"/admin/books/book/{book.pk}/change/", typed).status_code == 302
    book.refresh_from_db()
    assert (book.isbn, book.state, book.title, book.copies) == (ORWELL, "filled", "Nineteen Eighty-Four", 2)
    assert book.title_key == "nineteen eighty-four"


def test_a_book_that_is_filled_while_staff_change_it_does_not_wait_again(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book.objects.create(isbn=ORWELL)
    valid = ModelForm.is_valid

    def meanwhile(form: Any) -> bool:
        Book.objects.filter(pk=book.pk).update(state="filled", title="1984", title_key="1984")
        return bool(valid(form))

    monkeypatch.setattr(ModelForm, "is_valid", meanwhile)
    assert boss.post(f"/admin/books/book/{book.pk}/change/", {"publishers": "[]", "copies": 2}).status_code == 302
    book.refresh_from_db()
    assert (book.state, book.title, book.title_key, book.copies) == ("filled", "1984", "1984", 2)


@pytest.mark.parametrize(("typed", "left"), [("5", 4), ("3", 2), ("0", 0), ("1", 0)])
def test_copies_that_were_ordered_while_the_page_was_open_do_not_come_back(boss: Client, typed: str, left: int) -> None:
    book = Book.objects.create(isbn=ORWELL, title="Animal Farm", state="filled", copies=3)
    page = boss.get(f"/admin/books/book/{book.pk}/change/").context["adminform"].form
    assert "initial-copies" in str(page["copies"].as_hidden(only_initial=True))
    Book.objects.update(copies=2)  # somebody orders one
    sent = {"title": "Animal Farm", "subtitle": "", "publish_date": "", "publishers": "[]", "cover_url": ""}
    sent |= {"outside_id": "", "outside_url": "", "pages": "", "scanned_by": ""}
    answer = boss.post(f"/admin/books/book/{book.pk}/change/", sent | {"copies": typed, "initial-copies": "3"})
    assert answer.status_code == 302, answer.context["errors"]
    assert Book.objects.get().copies == left


def test_what_a_worker_filled_while_the_page_was_open_stays(boss: Client) -> None:
    book = Book.objects.create(isbn=ORWELL, state="waiting", copies=3)
    form = boss.get(f"/admin/books/book/{book.pk}/change/").context["adminform"].form
    seen = {name: form[name].initial or "" for name in form.fields} | {"publishers": "[]"}
    Book.objects.update(state="filled", title="1984", title_key="1984", pages=328)
    sent = seen | {f"initial-{name}": value for name, value in seen.items()} | {"copies": "4"}
    answer = boss.post(f"/admin/books/book/{book.pk}/change/", sent)
    assert answer.status_code == 302, answer.context["errors"]
    book.refresh_from_db()
    assert (book.title, book.pages, book.copies) == ("1984", 328, 4)


def test_what_staff_write_is_locked_against_sources(boss: Client) -> None:
    book = Book.objects.create(isbn=ORWELL, title="1984", state="filled", pages=300)
    form = boss.get(f"/admin/books/book/{book.pk}/change/").context["adminform"].form
    seen = {name: form[name].initial or "" for name in form.fields} | {"publishers": "[]"}
    sent = seen | {f"initial-{name}": value for name, value in seen.items()}
    boss.post(f"/admin/books/book/{book.pk}/change/", sent | {"title": "Nineteen Eighty-Four"})
    boss.post(f"/admin/books/book/{book.pk}/change/", sent | {"pages": "328", "copies": "4"})
    book.refresh_from_db()
    assert (book.title, book.pages, book.locked) == ("Nineteen Eighty-Four", 328, ["pages", "title"])


@pytest.mark.parametrize(
    ("typed", "locked"), [({"name": "Orwell"}, True), ({"name": "Orwell", "locked": "on"}, True), ({}, False)]
)
def test_a_name_that_staff_write_is_locked_until_they_unlock_it(
    boss: Client, typed: dict[str, str], locked: bool
) -> None:
    author = Author.objects.create(key="/authors/OL1A", name="G. Orwell")
    sent = {"name": "G. Orwell", "key": "/authors/OL1A", "outside_url": "", **typed}
    assert boss.post(f"/admin/books/author/{author.pk}/change/", sent).status_code == 302
    assert Author.objects.get().locked is locked
    boss.post(f"/admin/books/author/{author.pk}/change/", sent | {"locked": ""})
    assert Author.objects.get().locked is False
