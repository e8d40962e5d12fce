"""Orders are found by any words of them: in the list, the palette, the API, and from where nothing was found."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books.models import Author, Book
from task.orders.models import IndexedOrder, Order
from task.orders.words import behind, is_due
from tests.orders.conftest import make_book, order_of

pytestmark = pytest.mark.django_db
CRABBE = "9780192811554"


@pytest.fixture
def orders(alice: Any, bob: Any) -> dict[str, Order]:
    register = make_book(CRABBE, "The Parish Register", subtitle="Poems, 1807")
    register.authors.set([Author.objects.create(key="c", name="George Crabbe")])
    stranger = make_book("9782070360024", "L’Étranger")
    stranger.authors.set([Author.objects.create(key="d", name="Albert Camus")])
    return {"hers": order_of(alice, register), "his": order_of(bob, register, 2), "camus": order_of(bob, stranger)}


def found(client: Client, text: str) -> set[int]:
    page = {order.pk for order in client.get("/orders/", {"q": text}).context["rows"]}
    api = {row["number"] for row in client.get("/api/orders/", {"q": text}).json()["results"]}
    if "Showing orders that match" not in client.get("/orders/", {"q": text}).content.decode():
        assert api == {order.number for order in Order.objects.filter(pk__in=page)}
    return page


@pytest.mark.parametrize(
    "text",
    [
        "parish",
        "crabbe reg",
        "register PARISH",
        "“parish register”",
        '"poems 1807" "parish register"',
        "1807",
        "0192811554",
        "281155",
        CRABBE,
    ],
)
def test_any_word_finds_the_orders_that_a_person_may_see(
    member: Client, staff: Client, orders: dict[str, Order], text: str
) -> None:
    assert found(member, text) == {orders["hers"].pk}
    assert found(staff, text) == {orders["hers"].pk, orders["his"].pk}


def test_a_whole_number_is_an_orders_and_a_word_of_a_title_too(
    member: Client, staff: Client, alice: Any, bob: Any
) -> None:
    orwell = make_book(title="1984", copies=9)
    hers = order_of(alice, orwell)
    his = order_of(bob, make_book("9780140328721", "Matilda"))
    IndexedOrder.objects.filter(pk=his.pk).delete()
    Order.objects.filter(pk=his.pk).update(id=1984)
    his = Order.objects.get(pk=1984)
    assert found(member, "1984") == {hers.pk}
    assert found(staff, "1984") == {hers.pk, his.pk}
    assert found(staff, his.number) == {his.pk}
    assert found(member, his.number) == set()
    assert found(member, str(hers.pk)) == {hers.pk}


def test_staff_find_who_ordered_and_a_member_no_stranger(
    member: Client, staff: Client, orders: dict[str, Order]
) -> None:
    assert found(staff, "bob etranger") == {orders["camus"].pk}
    assert found(staff, "bo") == {orders["his"].pk, orders["camus"].pk}
    assert found(member, "bob") == found(member, "camus") == found(member, "alice") == set()
    assert found(member, f"§{orders['his'].owner_id}§") == set()


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("Robert", "Shafto", '"robert shafto"'),
        ("Robert", "Shafto", "“Shafto Robert”"),
        ("小明", "王", "小明"),
        ("小明", "王", "王小明"),
        ("さくら", "山田", "山田さくら"),
        ("สมชาย", "ใจดี", "สมชาย"),
    ],
)
def test_staff_find_orders_by_a_name_that_is_a_phrase(
    member: Client, staff: Client, bob: Any, orders: dict[str, Order], first: str, last: str, text: str
) -> None:
    bob.first_name, bob.last_name = first, last
    bob.save()
    assert found(staff, text) == {orders["his"].pk, orders["camus"].pk}
    assert found(staff, f"{text} étranger") == {orders["camus"].pk}
    assert found(staff, f'{text} "parish register"') == {orders["his"].pk}
    assert found(staff, f'{text} "register parish"') == found(member, text) == set()


def test_the_page_says_where_more_people_are_meant_than_are_asked_for(
    staff: Client, orders: dict[str, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Not all matches are shown" not in staff.get("/orders/?q=example").content.decode()
    monkeypatch.setattr("task.kit.search.finding.MOST_PEOPLE", 1)
    assert "Not all matches are shown" in staff.get("/orders/?q=example").content.decode()
    assert "Not all matches are shown" in staff.get('/orders/?q="example org"').content.decode()


def test_orders_that_old_code_makes_are_indexed_as_long_as_it_may_run(
    alice: Any, orders: dict[str, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("task.orders.words.A_STEP", 1)
    made = order_of(alice, make_book("9780140328721", "Matilda"))
    IndexedOrder.objects.filter(pk__in=[made.pk, orders["his"].pk]).delete()
    Order.objects.exclude(pk=made.pk).update(created=timezone.now() - timedelta(days=3))
    assert [[row.pk for row in rows] for rows, _ in behind(None)] == [[made.pk]]


def test_nothing_tells_a_member_of_others_orders(member: Client, staff: Client, orders: dict[str, Order]) -> None:
    """Neither a count beside another list, nor the palette, nor another spelling."""
    for page in ("/books/?q=camus&location=none", "/palette/?q=camus", "/orders/?q=camuz"):
        text = member.get(page).content.decode()
        assert orders["camus"].get_absolute_url() not in text
        assert "Orders, 1" not in text
    assert "Showing orders that match" not in member.get("/orders/?q=camuz").content.decode()
    assert "Showing orders that match" in staff.get("/orders/?q=camuz").content.decode()
    assert orders["hers"].get_absolute_url() in member.get("/palette/?q=crabbe").content.decode()


def test_where_no_book_is_found_the_own_orders_are_counted(member: Client, orders: dict[str, Order]) -> None:
    assert "Orders, 1" in member.get("/books/?q=parish").content.decode()  # the index of books has none here


def test_a_hit_is_marked_and_escaped(member: Client, alice: Any) -> None:
    order_of(alice, make_book(title="<b>Emma</b> & others"))
    assert "&lt;b&gt;<mark>Emma</mark>&lt;/b&gt; &amp; others" in member.get("/orders/?q=emma").content.decode()


def test_a_book_that_is_called_otherwise_now_is_found_by_both(member: Client, orders: dict[str, Order]) -> None:
    Book.objects.filter(isbn=CRABBE).update(title="Tales", title_key="tales")
    assert found(member, "parish") == found(member, "tales") == {orders["hers"].pk}


def test_orders_that_were_here_before_are_indexed_from_the_newest_down(
    member: Client, orders: dict[str, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("task.orders.words.A_STEP", 2)
    wanted = sorted(IndexedOrder.objects.values_list("pk", "text"))
    IndexedOrder.objects.all().delete()
    assert is_due()
    assert found(member, "register") == set()  # the old search, by beginnings
    assert found(member, "the parish") == {orders["hers"].pk}
    (rows, after), *rest = behind(None)
    IndexedOrder.objects.bulk_create(rows)
    assert (len(rows), len(rest), is_due()) == (2, 1, True)
    for more, _ in behind(after):
        IndexedOrder.objects.bulk_create(more)
    assert not is_due()
    assert list(behind(None)) == []
    assert sorted(IndexedOrder.objects.values_list("pk", "text")) == wanted
    Order.objects.all().delete()
    assert not IndexedOrder.objects.exists()
    assert not is_due()


@pytest.mark.parametrize("text", ["\0", 'AND "( *', "x" * 10_000, "a " * 5_000, "💥", "'", "§1", "''':*", "n97801"])
def test_odd_searches_break_nothing(staff: Client, orders: dict[str, Order], text: str) -> None:
    assert found(staff, text) <= {order.pk for order in orders.values()}


def test_a_search_costs_as_many_queries_among_many(staff: Client, alice: Any, orders: dict[str, Order]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert staff.get("/orders/?q=parish").status_code == 200
        return len(asked)

    queries()
    few = queries()
    book = make_book("9780140328721", "A Parish", copies=500)
    for _ in range(20):
        order_of(alice, book)
    assert queries() <= few + 1  # of a common word PostgreSQL reads the newest rows first


def test_a_person_is_found_by_the_name_of_today_and_leaves_none(
    staff: Client, bob: Any, orders: dict[str, Order]
) -> None:
    bob.first_name = "Robert"
    bob.save()
    assert found(staff, "robert etranger") == {orders["camus"].pk}
    bob.delete()
    assert found(staff, "etranger") == {orders["camus"].pk}
    assert found(staff, "robert") == found(staff, "bob") == set()
