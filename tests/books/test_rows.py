"""The buttons of a row: whose they are, what they do, and where they lead."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client

from task.books.carts.accept import Sent, accept
from task.books.carts.models import Cart, Scan
from task.books.models import Book
from task.jobs.models import Job

pytestmark = pytest.mark.django_db
H, O, BAD = "9780345418913", "9780451524935", "9780451524936"  # noqa: E741
ACTIONS = ("undo", "put-back", "mend", "dismiss", "add-copy", "try-again")


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)


def scanned(owner: Any, text: str) -> Scan:
    name = uuid4()
    return accept(owner, [Sent(name, text)]).scans[name][0]


def press(client: Client, scan: Scan, action: str, **data: str) -> Any:
    return client.post(f"/books/scans/{scan.pk}/{action}/", data)


def state(scan: Scan) -> str:
    return Scan.objects.for_rows().get(pk=scan.pk).state.value


@pytest.mark.parametrize("action", ACTIONS)
def test_a_row_is_its_owners_and_the_staffs(
    client_of: Callable[[Any], Client], alice: Any, bob: Any, charlie: Any, action: str
) -> None:
    scan = scanned(alice, BAD)
    assert press(client_of(bob), scan, action, text=H).status_code == 404
    assert press(Client(), scan, action).headers["Location"].startswith("/accounts/login/")
    assert client_of(alice).get(f"/books/scans/{scan.pk}/{action}/").status_code == 405
    assert state(scan) == "refused"
    assert press(client_of(charlie), scan, action, text=H).status_code == 302


def test_undo_and_put_back_lead_back_to_where_the_button_stood(member: Client, alice: Any) -> None:
    scan = scanned(alice, H)
    assert press(member, scan, "undo", next="/carts/7/?state=found")["Location"] == "/carts/7/?state=found"
    assert state(scan) == "undone"
    assert press(member, scan, "put-back", next="https://elsewhere.example/")["Location"] == "/books/scan/"
    assert state(scan) == "looking_up"
    assert press(member, scan, "put-back")["Location"] == "/books/scan/"


def test_a_refused_row_is_mended_or_dismissed(member: Client, alice: Any) -> None:
    mended, dismissed = scanned(alice, BAD), scanned(alice, BAD)
    press(member, mended, "mend", text="")
    assert state(mended) == "refused"
    press(member, mended, "mend", text=O)
    press(member, dismissed, "dismiss")
    assert (state(mended), state(dismissed)) == ("looking_up", "dismissed")


def test_a_copy_is_added_and_the_row_says_how_many_there_are(member: Client, alice: Any) -> None:
    scanned(alice, H)
    Book.objects.update(state=Book.State.FILLED, title="The Hitchhiker's Guide")
    scan = scanned(alice, H)
    for _ in range(2):
        press(member, scan, "add-copy")
    assert state(scan) == "copy"
    row = render_to_string("carts/_row_state.html", {"scan": Scan.objects.for_rows().get(pk=scan.pk)})
    assert "copy added, now 2" in row


def test_a_book_that_was_not_found_is_looked_up_again(member: Client, alice: Any) -> None:
    scan = scanned(alice, H)
    Book.objects.update(state=Book.State.NOT_FOUND)
    press(member, scan, "try-again")
    assert (state(scan), Job.objects.count()) == ("looking_up", 2)
    press(member, scan, "try-again")
    assert Job.objects.count() == 2


def test_every_state_has_its_word_and_sign(alice: Any) -> None:
    scan = scanned(alice, H)
    scan.shown = "not_found"
    assert "state-none" in render_to_string("carts/_row_state.html", {"scan": scan})
    assert Cart.objects.count() == 1
