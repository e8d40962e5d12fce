"""Carts, scans, copies and locations for programs: the same rights and sentences as on the pages."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from task.books.carts.models import Cart, Scan
from task.books.models import Book, CopyChange, Location
from task.jobs.models import Job
from tests.books.conftest import isbns
from tests.books.test_carts import H, O, scanned

pytestmark = pytest.mark.django_db
BAD = "9780451524936"


def post(client: Any, path: str, **data: Any) -> Any:
    return client.post(f"/api/{path}", data, format="json")


@pytest.fixture
def cart(alice: Any) -> Cart:
    rows = scanned(alice, H, BAD, O)
    Book.objects.filter(isbn=H).update(state="filled", title="Dune")
    Book.objects.filter(isbn=O).update(state="not_found", reason="Nobody has it.")
    Job.objects.update(state="succeeded")
    return rows[0].cart


def test_scans_are_counted_once_by_their_name(program: Any, alice: Any) -> None:
    sent = [
        {"uuid": str(uuid4()), "text": f"{H} {BAD}", "at": "2020-01-01T10:00:00Z"},
        {"uuid": str(uuid4()), "text": O},
    ]
    first, again = (post(program(alice), "scans/", scans=sent) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert [row["state"] for row in first.data["scans"]] == ["looking_up", "refused", "looking_up"]
    assert [row["id"] for row in first.data["scans"]] == [row["id"] for row in again.data["scans"]]
    assert first.data["job"].endswith(f"/api/jobs/{Job.objects.get().pk}/")
    assert again.data["job"] is None
    assert set(Scan.objects.values_list("way", flat=True)) == {"program"}


@pytest.mark.parametrize(
    "scans", [[], [{"text": H}], [{"uuid": "x", "text": H}], [{"uuid": str(uuid4()), "text": "9" * 201}], "x", [7]]
)
def test_what_is_no_scan_is_a_sentence(program: Any, alice: Any, scans: Any) -> None:
    answer = post(program(alice), "scans/", scans=scans)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not Scan.objects.exists()


def test_carts_and_their_scans_are_read(program: Any, alice: Any, bob: Any, charlie: Any, cart: Cart) -> None:
    Cart.objects.update(location=Location.objects.create(room="Main hall", shelf="SF 3"), name="Box 3")
    (row,) = program(alice).get("/api/carts/").data["results"]
    assert (row["name"], row["room"], row["shelf"], row["owner"]) == ("Box 3", "Main hall", "SF 3", "alice")
    assert dict(row["figures"]) == {"scans": 3, "needing_work": 2, "looking_up": 0, "capped": False}
    assert program(bob).get("/api/carts/").data["results"] == []
    assert len(program(charlie, as_staff=True).get("/api/carts/?state=work").data["results"]) == 1
    assert program(charlie, as_staff=True).get("/api/carts/?state=mine").data["results"] == []
    rows = program(alice).get(f"/api/carts/{cart.pk}/scans/").data["results"]
    assert [(each["text"], each["state"], each["title"]) for each in rows] == [
        (H, "found", "Dune"), (BAD, "refused", ""), (O, "not_found", ""),
    ]  # fmt: skip
    assert [each["reason"] for each in rows] == ["", "Its check digit should be 5.", "Nobody has it."]
    work = program(alice).get(f"/api/carts/{cart.pk}/scans/?state=work").data["results"]
    assert len(work) == 2
    assert program(alice).get(f"/api/carts/{cart.pk}/scans/?state=x").status_code == 400


def test_a_long_cart_costs_no_more(program: Any, alice: Any, cart: Cart) -> None:
    def queries() -> int:
        client = program(alice)
        client.get(f"/api/carts/{cart.pk}/scans/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/api/carts/{cart.pk}/scans/").status_code == 200
        return len(seen)

    few = queries()
    scanned(alice, *isbns(60), cart=cart)
    assert queries() == few


def test_a_cart_is_begun_changed_finished_and_undone(program: Any, alice: Any, cart: Cart) -> None:
    client = program(alice)
    new = post(client, "carts/", name="Next")
    assert (new.status_code, new.data["name"]) == (201, "Next")
    edited = post(client, f"carts/{cart.pk}/edit/", room="Room 2", counts_copies=True)
    assert (edited.data["room"], edited.data["counts_copies"]) == ("Room 2", True)
    assert post(client, f"carts/{cart.pk}/edit/", name="Box").data["room"] == "Room 2", "what is left out stays"
    assert post(client, f"carts/{cart.pk}/edit/", room="", shelf="B").json()["detail"] == (
        "Say which room the shelf is in."
    )
    assert post(client, f"carts/{cart.pk}/go-on/").data["finished"] is None
    assert post(client, f"carts/{cart.pk}/finish/").data["finished"]
    assert post(client, f"carts/{cart.pk}/try-again/").status_code == 202
    undone = post(client, f"carts/{cart.pk}/undo/")
    assert (undone.status_code, undone.data["title"]) == (202, "Undo Box")
    assert undone["Location"].endswith(f"/api/jobs/{undone.data['id']}/")
    assert post(client, f"carts/{cart.pk}/undo/").json()["detail"] == "This cart is being undone already."


def test_a_scan_is_mended_undone_and_put_back(program: Any, alice: Any, cart: Cart) -> None:
    client = program(alice)
    found, bad, missing = (row.pk for row in cart.scans.in_pile())
    assert post(client, f"scans/{bad}/mend/", text=isbns(1)[0]).data["state"] == "looking_up"
    assert post(client, f"scans/{bad}/mend/", text=H).json()["detail"] == "This scan was mended already."
    assert post(client, f"scans/{bad}/dismiss/").status_code == 409
    assert post(client, f"scans/{found}/undo/").data["state"] == "undone"
    assert post(client, f"scans/{found}/put-back/").data["state"] == "found"
    assert post(client, f"scans/{found}/put-back/").status_code == 200
    assert post(client, f"scans/{found}/add-copy/").status_code == 409
    assert post(client, f"scans/{missing}/try-again/").data["state"] == "looking_up"


def test_bulk_create_fills_a_cart_and_counts_once_by_its_key(program: Any, alice: Any) -> None:
    Cart.objects.create(owner=alice, started="2020-01-01T00:00Z", last_scan="2020-01-01T00:00Z", counts_copies=True)
    client = program(alice)
    for key, status in (("a", 201), ("b", 200), ("b", 200), ("a", 201)):
        answer = client.post(
            "/api/books/bulk-create", {"isbn": [H, f"{O} x 2", BAD]}, format="json", HTTP_IDEMPOTENCY_KEY=key
        )
        assert answer.status_code == status
        assert answer.data["invalid"] == [{"isbn": BAD, "reason": "Its check digit should be 5."}]
    assert list(Book.objects.order_by("isbn").values_list("isbn", "copies")) == [(H, 2), (O, 4)]
    assert Scan.objects.count() == 6


# Copies and locations


def test_copies_locations_and_removal_are_for_staff(program: Any, alice: Any, charlie: Any) -> None:
    Book.objects.create(isbn=H, title="Dune", state="filled", copies=2)
    names = ("copies", "location", "remove", "put-back")
    for client in (program(alice), program(charlie)):  # a token of staff has a member's rights, unless it says more
        assert {post(client, f"books/{H}/{name}/", change=1, room="x").status_code for name in names} == {404}
    staff = program(charlie, as_staff=True)
    assert post(staff, f"books/{H}/copies/", change=3, reason="Gift").data["copies_owned"] == 5
    answer = post(staff, f"books/{H}/copies/", change=-9)
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "Only 5 copies are available. Nothing was changed.",
    )  # fmt: skip
    assert CopyChange.objects.get().reason == "Gift"
    assert post(staff, f"books/{H}/location/", room="Main hall", shelf="SF 3").data["room"] == "Main hall"
    read = program(alice).get(f"/api/books/{H}/").data
    assert (read["copies"], read["copies_owned"], read["location"]) == (5, 5, "Main hall · SF 3")
    place = Location.objects.get().pk
    assert len(program(alice).get(f"/api/books/?location={place}").data["results"]) == 1
    assert program(alice).get("/api/books/?location=x").status_code == 400
    assert post(staff, f"books/{H}/remove/").data["removed_at"]
    assert program(alice).get(f"/api/books/{H}/").status_code == 404
    assert [each["number"] for each in staff.get("/api/books/removed/").data["results"]] == [H]
    assert post(staff, f"books/{H}/put-back/").data["copies"] == 5
