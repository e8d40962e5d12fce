"""A table that is pasted into the scan box is a file: looked at, corrected and added, and never read as a list."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from task.books.carts.models import Scan
from task.books.files.models import Upload
from task.jobs.testing import execute_all
from tests.books.conftest import isbns

pytestmark = pytest.mark.django_db
H, O = "9780345418913", "9780451524935"  # noqa: E741
TABLE = f"Title\tISBN\tCopies\nDune\t{H}\t2\n1984\t{O}\t1\nAn atlas\t\t1\n"


def send(client: Client, *texts: str, names: list[Any] | None = None, **more: str) -> Any:
    names = names or [uuid4() for _ in texts]
    scans = [{"id": str(name), "text": text, **more} for name, text in zip(names, texts, strict=True)]
    return client.post("/books/scans/", json.dumps({"scans": scans}), content_type="application/json")


def test_it_goes_to_its_preview_and_the_scans_beside_it_to_the_cart(member: Client) -> None:
    first, table, last = send(member, H, TABLE, O).json()["scans"]
    sent = Upload.objects.get()
    assert table["file"] == sent.get_absolute_url()
    assert (table["rows"], [each["effect"] for each in first["rows"] + last["rows"]]) == ([], ["brought"] * 2)
    assert Scan.objects.count() == 2
    execute_all()
    sent.refresh_from_db()
    assert (sent.rows_read, sent.without, sent.has_copies) == (3, 1, True)
    assert member.get(table["file"]).status_code == 200
    assert "Pasted table.csv" in member.get("/books/files/").text, "Who has left it finds it again."


def test_sent_again_it_is_one_file(member: Client) -> None:
    names = [uuid4()]
    answers = [send(member, TABLE, names=names).json()["scans"][0]["file"] for _ in range(2)]
    assert len(set(answers)) == 1
    assert (Upload.objects.count(), Scan.objects.count()) == (1, 0)


def test_a_long_one_goes_on_whole_and_a_long_list_does_not(member: Client) -> None:
    lines = [f"A title that is long enough {place}\t{isbn}" for place, isbn in enumerate(isbns(400))]
    text = "Title\tISBN\n" + "\n".join(lines)
    assert len(text) > 10_000
    assert send(member, text).json()["scans"][0]["file"]
    assert send(member, "\n".join(isbns(1000))).status_code == 400
    assert send(member, "Title\tISBN\n" * 60_000).status_code == 400


def test_without_a_script_too(member: Client) -> None:
    answer = member.post("/books/scan/", {"form_token": "t", "isbns": TABLE.replace("\n", "\r\n")})
    sent = Upload.objects.get()
    assert answer.url == sent.get_absolute_url()
    execute_all()
    sent.refresh_from_db()
    assert sent.rows_read == 3
    assert not Scan.objects.exists()


def test_a_list_and_what_a_camera_reads_stay_rows(member: Client) -> None:
    send(member, f"{H}\n{O}\n")
    send(member, TABLE, way="camera")
    assert not Upload.objects.exists()
    assert Scan.objects.filter(way="box").count() == 2
    assert Scan.objects.filter(way="camera").exists()
