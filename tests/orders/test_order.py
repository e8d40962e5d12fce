"""Placing an order: what the form takes, what it says no to, and that it happens once."""

import re
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.books.models import Book
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from task.kit.once_more import SENTENCE
from task.orders import stock
from task.orders.forms import OrderForm
from task.orders.models import Order
from tests.accounts.pages import errors, flashes, send, token_of
from tests.orders.conftest import ORWELL, make_book

URL = reverse("order_new")
pytestmark = pytest.mark.django_db


def copies_left() -> int:
    return Book.objects.get(isbn=ORWELL).copies


def nothing_happened() -> bool:
    return not Order.objects.exists() and not Job.objects.exists()


def test_a_stranger_is_asked_to_log_in(client: Client, book: Book) -> None:
    for answer in (client.get(URL), client.post(URL, {"book": ORWELL, "quantity": 1})):
        assert answer.headers["Location"] == f"{reverse('login')}?next={URL}"
    assert nothing_happened()


def test_an_order_takes_its_copies_and_an_email_confirms_it(member: Client, alice: Any, book: Book) -> None:
    answer = send(member, URL, book=ORWELL, quantity=2)
    assert answer.headers["Location"] == reverse("orders_list")
    order, job = Order.objects.get(), Job.objects.get()
    assert (order.book, order.quantity, order.owner, order.state, order.job) == (book, 2, alice, "received", job)
    assert order.number == f"{order.created:%Y}-{order.pk:05d}"
    assert flashes(answer)[0].startswith("Order received: 2 copies of 1984.")
    assert copies_left() == 1
    assert (job.owner, job.arguments) == (alice, {"order": order.number})
    assert job.title == f"Confirm order {order.number}"
    assert mail.outbox == []
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.message) == (State.SUCCEEDED, f"Email about order {order.number} sent.")
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == f"Your order {order.number}: 2 copies of 1984"
    assert f"http://testserver/orders/{order.number}/" in letter.body
    assert "set aside for you" in letter.body


@pytest.mark.parametrize("spelling", [ORWELL, "978-0-451-52493-5", "0451524934", "0-451-52493-4", "ISBN 0451524934"])
def test_a_book_is_named_by_its_isbn_in_any_spelling(member: Client, book: Book, spelling: str) -> None:
    send(member, URL, book=spelling, quantity=1)
    assert Order.objects.get().book == book


def test_a_book_is_named_by_its_number_too_but_an_isbn_goes_first(member: Client, book: Book) -> None:
    send(member, URL, book=book.pk, quantity=1)
    assert Order.objects.get().book == book
    make_book("9780441478125", "The Left Hand of Darkness", pk=int("0451524934"))
    send(member, URL, book="0451524934", quantity=1)
    assert Order.objects.latest("id").book == book


@pytest.mark.parametrize(
    ("quantity", "says"),
    [
        ("0", "at least one"),
        ("-1", "at least one"),
        ("-" + "9" * 400, "at least one"),
        ("4", "Only 3 copies of 1984 are available. You ordered 4."),
        ("1" + "0" * 400, "Only 3 copies of 1984 are available. You ordered 10,000,"),
        ("9" * 5000, "Enter a whole number"),
        ("1e1", "Enter a whole number"),
        ("1.5", "Enter a whole number"),
        ("two", "Enter a whole number"),
        ("📚", "Enter a whole number"),
        ("1\0", "Enter a whole number"),
        ("<b>1</b>", "Enter a whole number"),
        ("", "how many copies"),
    ],
)
def test_a_bad_quantity_is_a_sentence(member: Client, book: Book, quantity: str, says: str) -> None:
    answer = send(member, URL, book=ORWELL, quantity=quantity)
    assert says in errors(answer, "quantity")
    assert "<b>1</b>" not in answer.content.decode()
    assert answer.context["form"]["book"].value() == ORWELL
    assert nothing_happened()
    assert copies_left() == 3


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("", "Type the ISBN or the title"),
        ("   ", "Type the ISBN or the title"),
        ("Dune", "No books match “Dune”"),
        ("9780451524936", "No books match “9780451524936”"),
        ("9780441478125", "No books match “9780441478125”"),
        ("0", "No books match “0”"),
        ("-1", "No books match “-1”"),
        ("999999", "No books match “999999”"),
        ("9" * 19, "No books match"),
        ("1" + "0" * 400, "This is too long."),
        ("x" * 10_000, "This is too long."),
        ("📚" * 60, "No books match “📚"),
        ("a\0b", "No books match"),
        ("<script>alert(1)</script>", "No books match “<script>"),
        ("ألف ليلة وليلة", "No books match"),
        ("2026-00001", "No books match"),
    ],
)
def test_a_bad_book_is_a_sentence(member: Client, book: Book, named: str, says: str) -> None:
    answer = send(member, URL, book=named, quantity=2)
    assert says in errors(answer, "book")
    assert b"<script>alert" not in answer.content
    assert answer.context["form"]["quantity"].value() == "2"
    assert nothing_happened()


def titles(answer: Any) -> list[str]:
    return [book.title for book in answer.context["matches"].page.rows]


def status(answer: Any) -> str:
    (said,) = re.findall(r'id="order-status"[^>]*>(.*?)</p>', answer.content.decode(), re.DOTALL)
    return unescape(re.sub(r"<.*?>", "", said)).strip()


def test_a_title_offers_its_books_and_orders_none_unseen(member: Client, book: Book) -> None:
    make_book(isbn="9780441478125", title="1984 & <b>after</b>")
    answer = send(member, URL, book=" 198", quantity=2)
    assert errors(answer, "book") == "Choose one of the books below."
    assert nothing_happened()
    assert titles(answer) == ["1984", "1984 & <b>after</b>"]
    page = answer.content.decode()
    assert "<b>after" not in page
    assert page.count("copies available") == 2
    assert answer.context["form"]["quantity"].value() == "2"
    send(member, URL, book="1984 &", quantity=2, chosen="9780441478125")
    assert Order.objects.get().book.isbn == "9780441478125"


def test_a_choice_that_does_not_begin_as_what_was_typed_since_orders_nothing(member: Client, book: Book) -> None:
    make_book(isbn="9780441478125", title="The Left Hand of Darkness")
    assert errors(send(member, URL, book="the", quantity=1, chosen=ORWELL), "book") == "Choose one of the books below."
    assert errors(send(member, URL, book="1984", quantity=1, chosen="x\0"), "book") == "Choose one of the books below."
    assert nothing_happened()


def test_what_was_chosen_stays_chosen_when_the_form_comes_back(member: Client, book: Book) -> None:
    answer = send(member, URL, book="19", quantity=7, chosen=ORWELL)
    assert "Only 3 copies" in errors(answer, "quantity")
    assert answer.context["form"]["book"].value() == ORWELL
    assert answer.context["matches"].book == book


def test_how_many_match_is_told_and_all_of_them_are_there_page_by_page(member: Client) -> None:
    for number in range(19):
        make_book(f"978000000{number:04d}", f"The Book {number:02d}")
    answer = member.post(URL, {"book": "the b", "quantity": "3", "find": "1"}, follow=True)
    assert answer.request["QUERY_STRING"] == "book=the+b&quantity=3"  # no token in an address
    assert status(answer) == "19 books match. Choose one, or keep typing to narrow."
    assert answer.context["form"]["quantity"].value() == "3"
    seen, url = titles(answer), answer.context["matches"].page.next_url
    while url:
        answer = member.get(URL + url)
        assert status(answer).startswith("19 books match.")
        assert answer.context["form"]["quantity"].value() == "3"
        seen += titles(answer)
        url = answer.context["matches"].page.next_url
    assert seen == [f"The Book {number:02d}" for number in range(19)]
    assert nothing_happened()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("the", "More than 100 books match. Choose one, or keep typing to narrow."),
        ("the book 119", "1 book matches. Choose it, or type another title."),
        ("THÉ  book 1", "31 books match. Choose one, or keep typing to narrow."),
        ("<b>", "No books match “<b>”. Type the title from its first word, or scan the book."),
        ("", ""),
        (" \0", ""),
    ],
)
def test_the_list_follows_what_is_typed(member: Client, typed: str, says: str) -> None:
    Book.objects.bulk_create(
        Book(isbn=f"978000000{number:04d}", title=f"The Book {number}", state="filled") for number in range(120)
    )
    with CaptureQueriesContext(connection) as queries:
        answer = member.get(URL, {"book": typed, "quantity": "1"}, headers={"HX-Request": "true"})
    assert status(answer) == says
    page = answer.content.decode()
    assert "<html" not in page
    assert "<b></bdi>" not in page
    assert len(queries) < 12  # a title is looked for with each article
    assert all("LIMIT" in query["sql"] for query in queries if "title_key" in query["sql"])


def test_a_title_is_found_without_its_article(member: Client) -> None:
    for isbn, title in (("9780441478125", "The Left Hand"), ("9780374104092", "Left Behind"), ("9780000000002", "Lef")):
        make_book(isbn, title)
    answer = member.get(URL, {"book": "left"}, headers={"HX-Request": "true"})
    assert titles(answer) == ["Left Behind", "The Left Hand"]


def test_a_book_that_can_not_be_ordered_is_listed_and_can_not_be_chosen(member: Client) -> None:
    make_book("9780441478125", "The Gone", copies=0)
    make_book("9780374104092", "The Lost", state="failed")
    make_book("9780000000002", "The One", copies=1)
    page = member.get(URL, {"book": "the"}).content.decode()
    choices = re.findall(r'name="chosen" value="(\d+)"( disabled)?', page)
    assert choices == [("9780441478125", " disabled"), ("9780374104092", " disabled"), ("9780000000002", "")]


def test_no_fields_at_all_are_two_sentences(member: Client) -> None:
    answer = member.post(URL)
    assert "Type the ISBN or the title" in errors(answer, "book")
    assert "how many copies" in errors(answer, "quantity")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("waiting", "We are still looking up"),
        ("not_found", "was not found"),
        ("failed", "its look-up failed"),
        ("cancelled", "its look-up was cancelled"),
    ],
)
def test_a_book_that_is_not_filled_is_a_sentence(member: Client, state: str, says: str) -> None:
    make_book(state=state, title="")
    assert says in errors(send(member, URL, book=ORWELL, quantity=1), "book")
    assert nothing_happened()


def test_a_book_without_copies_says_so(member: Client) -> None:
    make_book(copies=0)
    assert "No copies of 1984 are available." in errors(send(member, URL, book=ORWELL, quantity=1), "quantity")
    Book.objects.update(copies=1)
    assert "Only 1 copy of 1984 is available" in errors(send(member, URL, book=ORWELL, quantity=2), "quantity")


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"copies": 1}, "quantity", "Only 1 copy of 1984 is available. You ordered 2."),
        ({"copies": 0}, "quantity", "No copies of 1984 are available."),
        ({"state": "waiting"}, "book", "We are still looking up"),
        (None, "book", "no longer in the catalogue"),
    ],
)
def test_the_copies_may_go_while_somebody_sends_the_form(
    member: Client, book: Book, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any] | None, field: str, says: str
) -> None:
    """Between the form's look and the order's own row."""
    clean = OrderForm.clean

    def slow(form: OrderForm) -> Any:
        looked = clean(form)
        if change is None:
            Book.objects.all().delete()
        else:
            Book.objects.update(**change)
        return looked

    monkeypatch.setattr(OrderForm, "clean", slow)
    answer = send(member, URL, book=ORWELL, quantity=2)
    assert says in errors(answer, field)
    assert nothing_happened()
    if change and "copies" in change:
        assert copies_left() == answer.context["matches"].book.copies == change["copies"]


def test_copies_that_came_back_meanwhile_are_offered(
    member: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "take_copies", too_late)
    assert "Send your order again." in errors(send(member, URL, book=ORWELL, quantity=2), "quantity")


def test_a_database_that_is_too_busy_is_a_sentence_and_the_same_form_still_one_order(
    member: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"form_token": token_of(member, URL), "book": ORWELL, "quantity": 2}
    with monkeypatch.context() as patch:
        patch.setattr(stock, "take_copies", locked)
        answer = member.post(URL, fields)
    assert answer.status_code == 503
    assert answer.context["form"].errors["__all__"] == [SENTENCE]
    assert answer.context["form_token"] == fields["form_token"]
    assert nothing_happened()
    assert [member.post(URL, fields).status_code for _ in range(2)] == [302, 302]
    assert (Order.objects.count(), copies_left()) == (1, 1)


def locked(*arguments: Any) -> Order:
    raise OperationalError("database is locked")


def too_late(*arguments: Any) -> Order:
    raise stock.OutOfStock


def test_an_order_that_comes_to_nothing_leaves_nothing(
    member: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Order.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send(member, URL, book=ORWELL, quantity=2)
    assert nothing_happened()
    assert copies_left() == 3


def test_a_double_click_is_one_order_and_a_changed_form_another(member: Client) -> None:
    make_book(copies=2)
    fields = {"form_token": token_of(member, URL), "book": ORWELL, "quantity": 2}
    member.post(URL, fields)
    # The first click took the last copies, and the second is not refused for that.
    assert "You already sent this." in flashes(member.post(URL, fields))[-1]
    assert Order.objects.count() == Job.objects.count() == 1
    Book.objects.update(copies=5)
    member.post(URL, {**fields, "quantity": 1})
    assert Order.objects.count() == 2
    send(member, URL, book=ORWELL, quantity=2)
    assert Order.objects.count() == 3
    assert copies_left() == 2


def test_it_can_be_sent_again_on_purpose(member: Client, book: Book, alice: Any) -> None:
    send(member, URL, book="0451524934", quantity=2)
    page = member.get(URL, {"again": str(Job.objects.get().pk)})
    assert page.context["form"].initial == {"book": ORWELL, "quantity": 2}


def test_the_form_shows_the_book_it_was_opened_for(member: Client, book: Book) -> None:
    page = member.get(URL, {"book": ORWELL})
    assert page.context["form"].initial["book"] == ORWELL
    words = page.content.decode()
    assert "George Orwell" in words
    assert "<b>3</b> copies available" in words
    for odd in ("9780441478125", "Dune", "\0", "9" * 500, ""):
        assert member.get(URL, {"book": odd}).status_code == 200


def test_a_forged_form_is_refused(alice: Any, book: Book) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(URL, {"book": ORWELL, "quantity": 1}).status_code == 403
    assert nothing_happened()
