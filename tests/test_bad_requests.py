"""What anybody may send without being asked costs the log one line, and the disk nothing."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from celerytask import urls as desk


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousFileOperation("a\nname\nof several lines" + "x" * 10_000)


def wrong(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A mistake of ours.")


handler400, handler500 = desk.handler400, desk.handler500
urlpatterns = [*desk.urlpatterns, path("suspicious/", suspicious), path("wrong/", wrong)]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the console of the desk would show."""
    (console,) = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    words = io.StringIO()
    before = console.setStream(words)
    yield words
    console.setStream(before)


LOGIN = "/accounts/login/"
MULTIPART = "multipart/form-data; boundary=x"
REQUESTS: dict[str, dict[str, Any]] = {
    "a wrong host": {"path": "/", "HTTP_HOST": "elsewhere.example"},
    "a host that is none": {"path": "/", "HTTP_HOST": "a b\nc"},
    "no form": {
        "path": LOGIN,
        "method": "post",
        "data": b"rubbish",
        "content_type": "multipart/form-data",
    },
    "half a form": {
        "path": LOGIN,
        "method": "post",
        "data": b"--x\r\nContent-",
        "content_type": MULTIPART,
    },
    "many fields": {"path": LOGIN, "method": "post", "data": {f"f{n}": "" for n in range(2_000)}},
    "much text": {"path": LOGIN, "method": "post", "data": {"username": "x" * 6_000_000}},
    "suspicious": {"path": "/suspicious/"},
    "no page": {"path": "/nothing/at\r\nall/"},
    "no token": {"path": LOGIN, "method": "post", "data": {}, "csrf": True},
    "too large": {"path": "/books/scan/", "CONTENT_LENGTH": "20000001"},
    "far too large": {"path": "/books/scan/", "CONTENT_LENGTH": "9" * 400},
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_bad_request_is_one_line_in_the_log(log: io.StringIO, name: str) -> None:
    request = dict(REQUESTS[name])
    client = Client(enforce_csrf_checks=bool(request.pop("csrf", False)), raise_request_exception=False)
    answer = getattr(client, request.pop("method", "get"))(request.pop("path"), **request)
    assert answer.status_code < 500
    said = log.getvalue()
    assert said.count("\n") <= 1, said
    assert len(said) < 700
    assert "Traceback" not in said


def test_a_mistake_of_ours_is_still_told_with_all_that_we_know(log: io.StringIO) -> None:
    client = Client(raise_request_exception=False)
    assert client.get("/wrong/").status_code == 500
    assert "RuntimeError: A mistake of ours." in log.getvalue()
    assert "Traceback" in log.getvalue()


def test_what_is_too_large_gets_a_sentence_before_it_is_read(client: Client) -> None:
    class Unread(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            raise AssertionError("It was read")

    answer = client.generic("POST", "/books/scan/", b"", **{"wsgi.input": Unread(), "CONTENT_LENGTH": "20000001"})
    assert answer.status_code == 413
    assert b"A form takes at most 20 MB" in answer.content


def test_a_link_that_lets_somebody_in_is_in_no_log(log: io.StringIO) -> None:
    careful = Client(enforce_csrf_checks=True)
    answer = careful.post("/accounts/invitation/abc.secret-token/", {})
    assert answer.status_code == 403
    words = log.getvalue()
    assert "secret-token" not in words
    assert "accounts/invitation/" in words
