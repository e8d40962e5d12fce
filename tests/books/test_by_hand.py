"""A book that somebody writes down."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from task.books.by_hand import saving
from task.books.carts import undo
from task.books.carts.models import Scan
from task.books.locations import location_named, parts_of
from task.books.models import Author, Book, Location
from task.books.sources.edition import Edition
from tests.books.conftest import scan
from tests.books.test_carts import scanned

pytestmark = pytest.mark.django_db
H = "9780345418913"
FIELDS = {
    "isbn": "", "title": "The Parish Register", "subtitle": "", "authors": "Wrote, Ada\nBen Oye", "people": "",
    "subjects": "Parishes", "publishers": "The parish", "publish_date": "1969", "pages": "40",
    "location": "Main hall · SF 3", "copies": "2", "form_token": "one",
}  # fmt: skip


@pytest.fixture
def member(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def enter(member: Client, **fields: str) -> Any:
    return member.post("/books/new/", FIELDS | fields)


def test_a_book_without_an_isbn_gets_a_number_and_a_row_in_the_cart(member: Client, alice: Any) -> None:
    answer = enter(member)
    book = Book.objects.get()
    assert answer.url == "/books/L000001/"
    assert (book.isbn, book.number, book.state, book.source, book.copies) == (None, "L000001", "filled", "by hand", 2)
    assert [author.name for author in book.authors.order_by("bookauthor__position")] == ["Wrote, Ada", "Ben Oye"]
    assert (book.title_key, book.publishers, book.pages) == ("the parish register", ["The parish"], 40)
    assert str(book.location) == "Main hall · SF 3"
    assert set(book.locked) == {"title", "authors", "subjects", "publishers", "publish_date", "pages"}
    row = Scan.objects.get()
    assert (row.effect, row.quantity, row.way, row.book) == ("brought", 2, "hand", book)
    assert undo.undo([row.pk], alice) == 1
    assert not Book.objects.exists()


def test_who_comes_from_a_cart_goes_back_to_its_row(member: Client, alice: Any) -> None:
    cart = scanned(alice, H)[0].cart.get_absolute_url()
    Book.objects.update(state=Book.State.NOT_FOUND, reason="Nobody has it.")
    link = unescape(re.findall(r'href="(/books/new/[^"]+)"', member.get(f"{cart}?state=not_found").text)[0])
    page = member.get(link)
    assert page.context["next"] == f"{cart}?state=not_found#no-1"
    assert f'name="next" value="{cart}?state=not_found#no-1"' in page.text
    assert enter(member, isbn=H, next=page.context["next"]).url == page.context["next"]
    assert enter(member, form_token="two", next="https://example.org/").url == "/books/L000001/"


def test_the_same_form_sent_twice_is_one_book(member: Client) -> None:
    assert enter(member).url == enter(member).url
    assert Book.objects.count() == 1
    enter(member, form_token="two")
    assert Book.objects.count() == 2


def test_one_that_was_not_found_is_found_and_stays_as_it_was_written(member: Client, alice: Any) -> None:
    job = scan([H], alice)
    Book.objects.update(state=Book.State.NOT_FOUND, reason="Nobody has it.")
    page = member.get(f"/books/new/?isbn={H}").content.decode()
    assert H in page
    assert enter(member, isbn="0-345-41891-3").url == f"/books/{H}/"
    book = Book.objects.get()
    assert (book.state, book.reason, book.copies, book.job) == ("filled", "", 1, job)
    assert "title" in book.locked
    assert enter(member, isbn=H).url == f"/books/{H}/", "a second click"


def test_an_isbn_that_is_found_already_is_told_with_its_book(member: Client, alice: Any) -> None:
    scan([H], alice)
    Book.objects.update(state=Book.State.FILLED, title="<b>Guide</b>")
    answer = enter(member, isbn=H)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This ISBN is in the catalogue" in page
    assert "&lt;b&gt;Guide&lt;/b&gt;" in page
    assert "The Parish Register" in page, "what was typed is kept"


def test_a_known_author_is_not_made_again(member: Client) -> None:
    known = Author.objects.create(name="Ben Oye", key="/authors/OL1A")
    enter(member, authors="ben oye")
    assert [author.pk for author in Book.objects.get().authors.all()] == [known.pk]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Enter the title."),
        ("title", "\u200b", "Enter the title."),
        ("isbn", "9780345418914", "its check digit should be 3"),
        ("isbn", "none", "This is not an ISBN"),
        ("pages", "0", "Enter a whole number, 1 to 100,000."),
        ("copies", "1000", "Enter a whole number, 1 to 999."),
        ("copies", "many", "Enter a whole number"),
        ("publish_date", "99999", "A year has four digits."),
        ("title", "x" * 100_000, "This is too long: at most 1,000 characters."),
        ("authors", "\n".join(f"Author {n}" for n in range(500)), "Enter at most 200 names, one a line."),
    ],
)
def test_what_can_not_be_a_book_is_told_beside_its_field(member: Client, field: str, value: str, sentence: str) -> None:
    answer = enter(member, **{field: value})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Book.objects.exists()


def test_markup_and_every_script_are_shown_as_they_were_written(member: Client) -> None:
    enter(member, title="<script>alert(1)</script> 源氏物語", authors="الطيب صالح")
    page = member.get(Book.objects.get().get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 源氏物語" in page
    assert "الطيب صالح" in page


def test_nobody_enters_a_book_without_logging_in(client: Client) -> None:
    assert client.get("/books/new/").url.startswith("/accounts/login/")
    assert client.post("/books/new/", FIELDS).url.startswith("/accounts/login/")
    assert not Book.objects.exists()


def test_a_location_is_the_same_in_every_spelling() -> None:
    one = location_named("Main hall · SF 3")
    assert one == location_named("main  HALL - sf 3") == location_named("Main hall/SF 3")
    assert location_named(" ") is None
    assert parts_of("Store") == ("Store", "")
    assert Location.objects.count() == 1


def test_a_book_that_was_removed_comes_back_as_it_is_written(alice: Any) -> None:
    saving.save(Edition(title="One"), alice, UUID(int=1), H)
    undo.undo([Scan.objects.get().pk], alice)
    book = saving.save(Edition(title="Two"), alice, UUID(int=2), H, copies=3)
    assert (book.title, book.copies, book.removed_at) == ("Two", 3, None)
