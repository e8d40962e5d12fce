"""What a browser has kept and sends: many scans in one request, each answered by its name."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from task.books.carts.models import Cart, Scan
from task.books.models import Book
from task.jobs.models import Job
from tests.books.conftest import isbns

pytestmark = pytest.mark.django_db
H, O, BAD = "9780345418913", "9780451524935", "9780451524936"  # noqa: E741
URL = "/books/scans/"


@pytest.fixture
def member(client_of: Callable[[Any], Client], alice: Any) -> Client:
    return client_of(alice)


def scan(text: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "text": text, "at": timezone.now().isoformat(), **more}


def send(client: Client, *scans: dict[str, Any], **more: Any) -> Any:
    return client.post(URL, json.dumps({"scans": scans, **more}), content_type="application/json")


def test_each_is_answered_by_its_name(member: Client) -> None:
    scans = [scan(f"{H} {O}"), scan(BAD)]
    told = send(member, *scans).json()
    assert [each["id"] for each in told["scans"]] == [each["id"] for each in scans]
    assert [[row["effect"] for row in each["rows"]] for each in told["scans"]] == [["brought", "brought"], ["refused"]]
    assert "html" not in told


def test_what_is_sent_again_counts_once_and_is_answered_alike(member: Client) -> None:
    scans = [scan(H), scan(H)]
    first = send(member, *scans).json()
    assert send(member, *scans).json() == first
    assert (Scan.objects.count(), Book.objects.get().copies, Job.objects.count()) == (2, 1, 1)


def test_hundreds_are_one_request_and_one_look_up(member: Client) -> None:
    told = send(member, *(scan(number) for number in isbns(500))).json()
    assert len(told["scans"]) == 500
    assert (Book.objects.count(), Job.objects.count(), Cart.objects.count()) == (500, 1, 1)


def test_the_answer_brings_what_the_page_shows(member: Client) -> None:
    page = send(member, scan(H), view="page").json()["html"]
    assert 'id="scan-plate"' in page
    assert "csrfmiddlewaretoken" in page
    toast = send(member, scan(BAD), view="toast").json()["html"]
    assert f"Scan caught: {BAD}" in strip_tags(toast)
    assert "Refused, no. 2 in" in toast
    looked = member.get("/books/scan/?toast=1", headers={"HX-Request": "true"}).content.decode()
    assert "Refused, no. 2 in" in looked


def test_what_another_person_has_kept_is_not_taken(member: Client, bob: Any) -> None:
    answer = send(member, scan(H), user=str(bob.pk))
    assert (answer.status_code, answer.json()["detail"]) == (409, "Somebody else is logged in here now.")
    assert Scan.objects.count() == 0


def test_a_stranger_is_told_so(client: Client) -> None:
    answer = send(client, scan(H))
    assert (answer.status_code, answer.json()["detail"]) == (401, "You are logged out.")
    assert client.get(URL).status_code == 401


def test_a_page_of_another_site_sends_nothing(alice: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert send(client, scan(H)).status_code == 403
    assert Scan.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"\xff", b"1" * 5000, b'{"scans": 7}', b'{"scans": [7]}', b"[" * 100_000,
        json.dumps({"scans": [scan(H, id="x")]}).encode(),
        json.dumps({"scans": [scan(H, id=None)]}).encode(),
        json.dumps({"scans": [scan(H, at="yesterday")]}).encode(),
        json.dumps({"scans": [scan(H, at=7)]}).encode(),
        json.dumps({"scans": [scan("x" * 10_001)]}).encode(),
        json.dumps({"scans": [scan(H), {"text": O}]}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_scan_is_a_sentence_and_saves_nothing(member: Client, body: bytes) -> None:
    answer = member.post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")
    assert Scan.objects.count() == 0


@pytest.mark.parametrize(
    "scans", [[scan("1")] * 501, [scan(" ".join(isbns(600))) for _ in range(9)]], ids=["scans", "numbers"]
)
def test_too_many_at_once_are_refused_whole(member: Client, scans: list[dict[str, Any]]) -> None:
    answer = send(member, *scans)
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("Send at most 5")
    assert Scan.objects.count() == 0


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00", "", None]
)
def test_odd_clocks_do_no_harm(member: Client, at: str | None) -> None:
    assert send(member, scan(H, at=at)).status_code == 200
    assert Scan.objects.count() == 1


def test_odd_signs_do_no_harm(member: Client) -> None:
    assert send(member, scan("\ud800 \x00 <b>Dune</b>"), scan(""), view="page").status_code == 200
    assert Scan.objects.get().text == "<b>Dune</b>"
