"""Who sees which orders, and what their pages cost."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.orders import stock
from task.orders.models import IndexedOrder, Order
from tests.orders.conftest import ORWELL, make_book, order_of

LIST = reverse("orders_list")
pytestmark = pytest.mark.django_db


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def orders(alice: Any, bob: Any, charlie: Any) -> list[Order]:
    book = make_book(copies=100)
    made = [order_of(owner, book, number) for number, owner in enumerate((alice, alice, alice, bob), 1)]
    stock.fulfil(made[0], charlie)
    stock.cancel(made[1], charlie)
    return made


def found(answer: Any) -> list[int]:
    return [order.quantity for order in answer.context["rows"]]


def test_every_page_wants_a_log_in(client: Client, orders: list[Order]) -> None:
    for url in (LIST, orders[0].get_absolute_url()):
        assert client.get(url).headers["Location"].startswith(reverse("login"))


def test_members_see_their_own_orders_and_staff_all(member: Client, staff: Client, orders: list[Order]) -> None:
    assert found(member.get(LIST)) == [3, 2, 1]
    assert found(staff.get(LIST)) == [4, 3, 2, 1]
    assert re.search(r"\bbob\b", words(staff.get(LIST)))
    assert not re.search(r"\bbob\b", words(member.get(LIST)))  # a word: a token of the page may have these letters


@pytest.mark.parametrize(
    ("query", "quantities"),
    [
        ("state=received", [3]),
        ("state=fulfilled", [1]),
        ("state=cancelled", [2]),
        ("state=nonsense", [3, 2, 1]),
        ("sort=oldest", [1, 2, 3]),
        ("sort=%00&state=%00&after=x", [3, 2, 1]),
        (f"q={ORWELL}", [3, 2, 1]),
        ("q=0-451-52493-4&state=received", [3]),
        ("q=alice@example.org", []),
        ("q=%00&q=", [3, 2, 1]),
        ("q=nothing", []),
        ("q=1984", [3, 2, 1]),  # no order's number: the title
        ("q=%C2%A0", [3, 2, 1]),
        ("q=9780441478125", []),
        (f"q={'9' * 400}", []),
    ],
)
def test_the_list_is_narrowed_and_sorted(
    member: Client, orders: list[Order], query: str, quantities: list[int]
) -> None:
    assert found(member.get(f"{LIST}?{query}")) == quantities


def test_an_order_is_found_by_its_number_and_staff_find_a_persons(
    member: Client, staff: Client, orders: list[Order]
) -> None:
    assert found(member.get(LIST, {"q": orders[1].number})) == [2]
    assert found(member.get(LIST, {"q": f" {orders[1].pk} "})) == [2]
    assert found(member.get(LIST, {"q": orders[3].number})) == []  # Bob's
    assert found(staff.get(LIST, {"q": orders[3].number})) == [4]
    assert found(staff.get(LIST, {"q": "BOB@example.org"})) == [4]
    assert found(staff.get(LIST, {"q": "eve@example.org"})) == []


def test_until_orders_are_indexed_a_title_that_several_books_have_is_asked_about(
    member: Client, orders: list[Order]
) -> None:
    IndexedOrder.objects.all().delete()
    answer = member.get(LIST, {"q": "19"})
    assert found(answer) == [3, 2, 1]
    for number in range(8):
        make_book(isbn=f"978000000{number}000", title="1984 <b>again</b>")
    answer = member.get(LIST, {"q": "1984", "state": "received"})
    assert found(answer) == []
    assert answer.content.count(b"again&lt;/b&gt;") == 8
    assert "Several books match." in words(answer)
    (link,) = re.findall(rf'href="([^"]*q={ORWELL}[^"]*)"', answer.content.decode())
    assert found(member.get(LIST + unescape(link))) == [3]
    for number in range(20):
        make_book(isbn=f"97800000{number:02d}001", title="1984")
    answer = member.get(LIST, {"q": "1984"})
    assert len(answer.context["filter"].candidates) == 25
    assert "Many books match. Type more of the title" in words(answer)


def test_long_lists_go_page_by_page(member: Client, alice: Any) -> None:
    book = make_book(copies=5000)
    made = [order_of(alice, book, number) for number in range(1, 61)]
    seen, url = [], LIST
    while url:
        answer = member.get(url)
        seen += found(answer)
        url = LIST + answer.context["page"].next_url if answer.context["page"].next_url else ""
    assert seen == list(range(60, 0, -1))
    assert len(made) == 60


def test_an_order_has_its_page_by_number_and_by_key(
    client_of: Callable[[Any], Client], alice: Any, bob: Any, charlie: Any, orders: list[Order]
) -> None:
    order = orders[2]
    assert order.get_absolute_url() == f"/orders/{order.number}/"
    for name in (order.number, order.pk):
        for person, status in ((alice, 200), (charlie, 200), (bob, 404)):
            assert client_of(person).get(f"/orders/{name}/").status_code == status
    page = words(client_of(alice).get(order.get_absolute_url()))
    for part in ("3 copies", "1984", order.number, ORWELL, "received"):
        assert part in page
    assert "Fulfil" not in page
    assert "Fulfil" in words(client_of(charlie).get(order.get_absolute_url()))


@pytest.mark.parametrize(
    "name",
    ["0", "99999", "2026-99999", "1999-00001", "0000-00001", "9" * 18, "9" * 400, "-1", "2026-", "x", "%00", "📚"],
)
def test_what_is_no_order_is_a_404(staff: Client, orders: list[Order], name: str) -> None:
    assert staff.get(f"/orders/{name}/").status_code == 404


def test_the_pages_live_while_an_email_is_on_its_way(member: Client, orders: list[Order]) -> None:
    url = orders[0].get_absolute_url()
    for page, part in ((LIST, "orders-live"), (url, "order-live")):
        assert f'id="{part}" data-live="{page}">' in words(member.get(page)).replace(' class="book-band"', "")
    execute_all()
    for page, part in ((LIST, "orders-live"), (url, "order-live")):
        slow = f'id="{part}" data-live="{page}" data-live-every="5">'
        assert (slow in words(member.get(page))) == (page == LIST)  # one of the others may end
    stock.cancel(orders[2], None)
    execute_all()
    for page in (LIST, url):
        assert "data-live" not in words(member.get(page))
    assert "sent" in words(member.get(url))
    assert orders[0].job.get_absolute_url() in words(member.get(url))


def test_what_htmx_fetches_of_an_order_is_its_band_and_its_facts(member: Client, orders: list[Order]) -> None:
    piece = words(member.get(orders[2].get_absolute_url(), headers={"HX-Request": "true"}))
    assert piece.startswith('<div id="order-live"')
    assert 'id="order-facts" class="book-page" hx-swap-oob="true"' in piece
    assert "<noscript>" not in piece


def test_a_job_that_is_gone_breaks_no_page(member: Client, orders: list[Order]) -> None:
    Job.objects.all().delete()
    for url in (LIST, orders[0].get_absolute_url()):
        assert member.get(url).status_code == 200


def test_a_book_that_was_ordered_stays(orders: list[Order]) -> None:
    with pytest.raises(ProtectedError):
        Book.objects.get().delete()


# A book's page


def test_a_books_page_leads_to_its_order(member: Client, book: Book) -> None:
    text = words(member.get(book.get_absolute_url()))
    address = f"/orders/new/?book={ORWELL}&quantity=1"
    assert f'href="{address}"' in text
    assert "3 available" in text
    token = words(member.get(address)).partition('name="form_token" value="')[2].partition('"')[0]
    fields = {"form_token": token, "book": ORWELL, "quantity": "2"}
    assert member.post(reverse("order_new"), fields).status_code == 302
    member.post(reverse("order_new"), fields)  # a double click
    text = words(member.get(book.get_absolute_url()))
    assert "1 available. Somebody has ordered it." in text
    assert str(Order.objects.get()) in text
    assert "2 copies" in text


def test_a_books_page_shows_nobody_elses_orders(member: Client, bob: Any, book: Book) -> None:
    order = order_of(bob, book, 3)
    text = words(member.get(book.get_absolute_url()))
    assert order.number not in text
    assert "Ask the staff when the next copy" in text
    assert "/orders/new/?book=" not in text


def test_a_book_that_is_not_filled_has_no_form(member: Client) -> None:
    book = make_book(state="waiting", title="")
    assert "book-orders" not in words(member.get(book.get_absolute_url()))


def test_without_this_feature_a_books_page_is_whole(member: Client, book: Book, settings: Any) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "task.orders"]
    answer = member.get(book.get_absolute_url())
    assert answer.status_code == 200
    assert "1984" in words(answer)
    assert "book-orders" not in words(answer)


# The home page


def test_staff_see_what_waits_the_longest_and_members_their_own(
    member: Client, staff: Client, client_of: Callable[[Any], Client], bob: Any, orders: list[Order]
) -> None:
    text = words(staff.get("/"))
    assert text.index(orders[2].number) < text.index(orders[3].number)
    assert orders[0].get_absolute_url() not in text
    assert reverse("order_fulfil", args=[orders[2].number]) in text
    assert orders[3].number not in words(member.get("/"))
    assert orders[3].number in words(client_of(bob).get("/"))
    stock.cancel(orders[3], bob)
    assert "home-orders-head" not in words(client_of(bob).get("/"))


@pytest.mark.parametrize(
    ("count", "figure", "link"),
    [(3, "3", ""), (4, "4", "1 more order to fulfil"), (100, "100", "97 more orders"), (102, "100+", "All orders to")],
)
def test_three_orders_to_fulfil_are_shown_and_the_others_counted(
    staff: Client, alice: Any, count: int, figure: str, link: str
) -> None:
    book = make_book(copies=200)
    Order.objects.bulk_create(Order(book=book, quantity=1, owner=alice, job_id=uuid4()) for _ in range(count))
    text = words(staff.get("/"))
    assert f"Needs attention</h2><span>{figure}</span>" in text
    assert text.count("/fulfil/") == 3
    assert ("attention-more" in text) == bool(link)
    assert link in text


def test_odd_titles_are_shown_as_text(member: Client, staff: Client, alice: Any) -> None:
    book = make_book(title="<script>alert(1)</script> ألف " + "x" * 700, copies=9)
    order = order_of(alice, book)
    urls = ("/", LIST, order.get_absolute_url(), book.get_absolute_url(), f"/orders/new/?book={ORWELL}")
    for client in (member, staff):
        for url in urls:
            answer = client.get(url)
            assert answer.status_code == 200
            assert b"<script>alert" not in answer.content


# What a page costs


@pytest.mark.sqlite
@pytest.mark.parametrize("person", ["alice", "charlie"])
@pytest.mark.parametrize(
    "query",
    [
        *("", "?sort=oldest", "?state=received", "?state=cancelled&sort=oldest", "?last=1", "?after=WyI1Il0"),
        *(f"?q={ORWELL}", "?q=alice@example.org", "?q=1984"),
    ],
)
def test_no_page_sorts_or_reads_the_table(
    client_of: Callable[[Any], Client], people: dict[str, Any], orders: list[Order], person: str, query: str
) -> None:
    client = client_of(people[person])
    with CaptureQueriesContext(connection) as asked:
        client.get(LIST + query)
    lists = [each["sql"] for each in asked if 'FROM "orders_order"' in each["sql"]]
    assert lists or (person == "alice" and "@" in query)  # only staff find people
    for sql in lists:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plan = [row[3] for row in cursor.fetchall()]
        assert not [line for line in plan if "TEMP B-TREE" in line], (sql, plan)
        # The whole table by its key, in order and cut off, is what staff ask for.
        scans = [line for line in plan if line.startswith("SCAN orders_order")]
        assert not scans or (person == "charlie" and "state" not in query and "q=" not in query), (sql, plan)


@pytest.mark.sqlite
@pytest.mark.parametrize("person", ["alice", "charlie"])
def test_no_panel_sorts_or_reads_the_table(
    client_of: Callable[[Any], Client], people: dict[str, Any], orders: list[Order], person: str
) -> None:
    for url in ("/", orders[0].book.get_absolute_url()):
        with CaptureQueriesContext(connection) as asked:
            client_of(people[person]).get(url)
        queries = [each["sql"] for each in asked if 'FROM "orders_order"' in each["sql"]]
        assert len(queries) == (2 if (url, person) == ("/", "charlie") else 1), "Staff read how many wait, too."
        for sql in queries:
            assert "LIMIT" in sql
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + sql)
                plan = [row[3] for row in cursor.fetchall()]
            slow = [line for line in plan if "TEMP B-TREE" in line or line.startswith("SCAN orders_order")]
            assert not slow, (sql, plan)


def test_more_rows_cost_no_more_queries(staff: Client, alice: Any) -> None:
    book = make_book(copies=100)
    order_of(alice, book)
    with CaptureQueriesContext(connection) as few:
        staff.get(LIST)
    for _ in range(20):
        order_of(alice, book)
    with CaptureQueriesContext(connection) as many:
        staff.get(LIST)
    assert len(many) == len(few)
    assert "password" not in "".join(each["sql"] for each in many if "orders_order" in each["sql"])
