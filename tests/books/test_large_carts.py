"""A cart of very many rows costs what any cart does, and its pages say the same."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.carts import accept as carts
from task.books.carts import figures, large, sheet, views
from task.books.carts.models import Cart, Scan
from task.books.carts.rows import Row, rows_of
from task.books.models import Book
from tests.books.conftest import isbns
from tests.books.test_carts import scanned

pytestmark = pytest.mark.django_db
STATES = ("filled", "not_found", "filled", "waiting", "filled", "filled", "failed")


@pytest.fixture(autouse=True)
def forgotten() -> None:
    cache.clear()


def cart_of(owner: Any, count: int) -> Cart:
    """Every seventh row was refused; of the books each third was not found, failed, or waits."""
    texts = [text[:-1] if place % 7 == 3 else text for place, text in enumerate(isbns(count))]
    cart = scanned(owner, *texts)[0].cart
    for place, state in enumerate(STATES):
        keys = list(Book.objects.order_by("id").values_list("pk", flat=True))[place :: len(STATES)]
        Book.objects.filter(pk__in=keys).update(state=state, title=f"A title {place}")
    return cart


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_EACH", 20)
    monkeypatch.setattr(large, "PIECE", 10)


def said(rows: list[Row]) -> list[Any]:
    return [(row.scan.pk, row.number, row.after, row.before) for row in rows]


@pytest.mark.parametrize("which", ["all", "last", "needy", "some"])
def test_its_numbers_and_neighbours_are_those_of_the_whole_pile(
    alice: Any, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    cart = cart_of(alice, 120)
    pile = list(cart.scans.for_rows().in_pile())
    chosen = {
        "all": pile, "last": pile[-7:], "needy": [scan for scan in pile if scan.needs_work],
        "some": [pile[0], pile[61], pile[119]],
    }[which]  # fmt: skip
    rows, whole = rows_of(cart, chosen, alice)
    small(monkeypatch)
    same, counted = rows_of(cart, chosen, alice)
    assert said(same) == said(rows)
    assert (counted.counts, counted.needy, counted.total) == (whole.counts, whole.needy, 120)
    assert len(counted.ranks) == 100, "A stroke stands for several."


def test_a_row_far_from_any_title_says_that_there_is_none(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    cart = cart_of(alice, 60)
    Book.objects.update(state="not_found")
    (row,) = rows_of(cart, list(cart.scans.for_rows().in_pile()[30:31]), alice)[0]
    assert (row.number, row.after, row.before) == (31, None, None)


def test_its_csv_has_every_row_once_and_in_order(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    monkeypatch.setattr(sheet, "A_PAGE", 7)
    cart = cart_of(alice, 120)
    Scan.objects.filter(cart=cart).update(at=cart.started)
    keys = [int(line.rpartition(",")[2]) for line in list(sheet.sheet(cart, alice))[1:]]
    assert keys == list(cart.scans.needing_work().in_pile().values_list("pk", flat=True))
    assert len(keys) > 21


def test_what_a_person_changes_is_seen_at_once(alice: Any, member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    cart = cart_of(alice, 40)
    bad = cart.scans.filter(effect="refused").first()
    assert bad is not None
    before = member.get(f"/carts/{cart.pk}/").context["figures"].counts["refused"]
    member.post(f"/books/scans/{bad.pk}/dismiss/")
    assert member.get(f"/carts/{cart.pk}/").context["figures"].counts["refused"] == before - 1


def test_what_is_scanned_since_it_was_counted_has_its_number(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    cart = cart_of(alice, 40)
    large.counted(cart)
    more = scanned(alice, *isbns(15, start=5000), cart=cart)
    scans = list(cart.scans.for_rows().filter(pk__in=[scan.pk for scan in more]).in_pile())
    assert [row.number for row in rows_of(cart, scans, alice)[0]] == list(range(41, 56))


def test_a_page_of_it_costs_the_same_for_ten_times_the_rows(
    alice: Any, member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    monkeypatch.setattr(views, "ROWS", 20)
    monkeypatch.setattr(views, "OF_LARGE", 10)
    read: list[list[int]] = []
    for count in (60, 600):
        cart = carts.begin(alice)
        scans = [
            Scan(cart=cart, owner=alice, uuid=uuid4(), at=cart.started, text="x", effect="refused", fault="Bad.")
            for _ in range(count)
        ]  # fmt: skip
        Scan.objects.bulk_create(scans)
        costs = []
        for query in ("", "?last=1", "?state=work"):
            member.get(f"/carts/{cart.pk}/{query}")
            with CaptureQueriesContext(connection) as asked:
                page = member.get(f"/carts/{cart.pk}/{query}")
            costs.append(len(asked))
            assert len(page.context["rows"]) == 10
        read.append(costs)
        numbers = [row.number for row in page.context["rows"]]
        assert numbers == list(range(1, 11))
    assert read[0] == read[1]
