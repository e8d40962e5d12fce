"""One call: where it goes, and what it is not led to by whoever answers."""

import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from task.webhooks import calls
from task.webhooks.calls import MOST, Result, call
from tests.services import receiver as answers
from tests.services.receiver import Receiver, passed

BODY = b'{"id":"1"}'


def post(url: str) -> Result:
    return call(url, {"content-type": "application/json", "webhook-id": "msg_1"}, BODY)


def test_it_posts_the_body_with_the_headers(receiver: Receiver) -> None:
    receiver.answer = answers.plain(200, b"Thanks")
    result = post(f"{receiver.url}/hook?of=ada")
    assert (result.status, result.answer, result.error) == (200, b"Thanks", "")
    (got,) = receiver.calls
    assert (got.line, got.body) == ("POST /hook?of=ada HTTP/1.1", BODY)
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize(
    ("status", "error", "again"),
    [
        (204, "", False),
        (404, "127.0.0.1 answered 404 Not Found.", False),
        (429, "127.0.0.1 answered 429 Too Many Requests.", True),
        (500, "127.0.0.1 answered 500 Internal Server Error.", True),
        (599, "127.0.0.1 answered 599.", True),
    ],
)
def test_what_an_answer_means(receiver: Receiver, status: int, error: str, again: bool) -> None:
    receiver.answer = answers.plain(status)
    result = post(receiver.url)
    assert (result.status, result.error, result.again) == (status, error, again)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = answers.plain(307, Location=f"{receiver.url}/elsewhere")
    result = post(receiver.url)
    assert result.error == ("127.0.0.1 redirected the call (307), and redirects are not followed. Change the address.")
    assert (result.again, len(receiver.calls)) == (False, 1)


class TestTime:
    @pytest.fixture(autouse=True)
    def brief(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(calls, "SECONDS", 0.5)

    @pytest.mark.parametrize("answer", [answers.silent, answers.slow_head])
    def test_who_does_not_answer_in_time_is_left(self, receiver: Receiver, answer: Any) -> None:
        receiver.answer = answer
        begun = time.monotonic()
        result = post(receiver.url)
        assert (result.error, result.again) == ("127.0.0.1 took longer than 0.5 s to answer.", True)
        assert 0.4 < passed(begun) < 3

    def test_who_is_silent_before_there_is_a_certificate_too(self, settings: Any) -> None:
        settings.WEBHOOKS_ALLOW_PRIVATE = True
        begun = time.monotonic()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            result = post(f"https://127.0.0.1:{silent.getsockname()[1]}")
        assert (result.error, result.again) == ("127.0.0.1 took longer than 0.5 s to answer.", True)
        assert 0.4 < passed(begun) < 3

    def test_a_slow_body_is_left_and_the_status_counts(self, receiver: Receiver) -> None:
        receiver.answer = answers.slow_body
        begun = time.monotonic()
        result = post(receiver.url)
        assert (result.status, result.error) == (200, "")
        assert set(result.answer) == set(b"x")
        assert 0.4 < passed(begun) < 3

    def test_a_name_that_is_looked_up_for_long_is_left(
        self, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
    ) -> None:
        monkeypatch.setattr("task.webhooks.addresses.socket.getaddrinfo", lambda *_, **__: receiver.over.wait(5))
        begun = time.monotonic()
        result = post("https://hooks.example.org/")
        assert (result.error, result.again) == ("hooks.example.org could not be found.", True)
        assert passed(begun) < 3


def test_of_an_endless_answer_4_kb_are_read(receiver: Receiver) -> None:
    receiver.answer = answers.endless
    begun = time.monotonic()
    result = post(receiver.url)
    assert (result.status, result.answer, result.error) == (200, b"y" * MOST, "")
    assert passed(begun) < calls.SECONDS


@pytest.mark.parametrize("answer", [answers.rubbish, answers.closed])
def test_what_is_no_http_is_no_answer(receiver: Receiver, answer: Any) -> None:
    receiver.answer = answer
    result = post(receiver.url)
    assert (result.status, result.error, result.again) == (None, "127.0.0.1 did not answer in HTTP.", True)


def test_nobody_there(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    result = post("http://127.0.0.1:9/")
    assert (result.error, result.again) == ("127.0.0.1 can't be reached.", True)


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(receiver.url).status == 200


class TestNames:
    @pytest.fixture
    def reached(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
        """The addresses to which connections were begun; nobody answers."""
        tried: list[tuple[str, int]] = []

        def connect(self: Any, host: str, port: int, *_: Any, **__: Any) -> None:
            tried.append((host, port))
            raise httpcore2.ConnectError

        monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
        return tried

    def test_it_connects_to_what_was_checked_and_asks_once(self, names: Any, reached: Any) -> None:
        asked = names("hooks.example.org", "93.184.215.14", "2606:2800:21f::1")
        post("https://hooks.example.org/")
        assert asked == ["hooks.example.org"]
        assert reached == [("93.184.215.14", 443), ("2606:2800:21f::1", 443)]

    @pytest.mark.parametrize("found", [("10.0.0.7",), ("93.184.215.14", "::1"), ("::ffff:127.0.0.1",)])
    def test_a_name_that_leads_into_a_network_of_ours_is_refused(self, names: Any, reached: Any, found: Any) -> None:
        names("hooks.example.org", *found)
        result = post("https://hooks.example.org/")
        assert result.error == f"hooks.example.org ({found[-1]}) is not on the public internet."
        assert (result.again, reached) == (False, [])

    @pytest.mark.parametrize("url", ["https://2130706433/", "https://0x7f.1/", "https://localhost/"])
    def test_other_ways_to_write_loopback_lead_there(self, reached: Any, url: str) -> None:
        assert "is not on the public internet." in post(url).error
        assert reached == []

    def test_a_setting_allows_it(self, names: Any, reached: Any, settings: Any) -> None:
        settings.WEBHOOKS_ALLOW_PRIVATE = True
        names("hooks.example.org", "10.0.0.7")
        post("http://hooks.example.org:8000/")
        assert reached == [("10.0.0.7", 8000)]

    def test_a_name_that_nobody_has(self, names: Any, reached: Any) -> None:
        names("hooks.example.org")
        result = post("https://hooks.example.org/")
        assert (result.error, result.again) == ("hooks.example.org could not be found.", True)

    @pytest.mark.parametrize("url", ["http://hooks.example.org/", "https://hooks.example.org:8443/", "ftp://a", "x"])
    def test_an_address_that_may_no_longer_be_called_is_not(self, reached: Any, url: str) -> None:
        result = post(url)
        assert (bool(result.error), result.again, reached) == (True, False, [])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    name = "/CN=hooks.example.org"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", name]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    more = ["-addext", "subjectAltName=DNS:hooks.example.org"]
    subprocess.run([*command, *more, *files], check=True, capture_output=True)
    both = folder / "both"
    both.write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return both


class TestCertificates:
    @pytest.fixture
    def secure(self, certificate: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        settings.WEBHOOKS_ALLOW_PRIVATE = True
        monkeypatch.setattr(calls, "tls", lambda: ssl.create_default_context(cafile=str(certificate)))
        with Receiver(certificate) as receiver:
            yield receiver

    def test_the_name_is_asked_for_and_checked_where_it_leads(self, names: Any, secure: Receiver) -> None:
        names("hooks.example.org", "127.0.0.1")
        result = post(f"https://hooks.example.org:{secure.port}/")
        assert (result.status, result.error) == (200, "")
        assert secure.names == ["hooks.example.org"]
        assert secure.calls[0].headers["host"] == f"hooks.example.org:{secure.port}"

    def test_a_certificate_for_another_name_is_refused(self, names: Any, secure: Receiver) -> None:
        names("elsewhere.example.org", "127.0.0.1")
        result = post(f"https://elsewhere.example.org:{secure.port}/")
        assert result.error.startswith("elsewhere.example.org has no valid certificate: ")
        assert secure.calls == []

    def test_one_that_nobody_vouches_for_is_refused(self, certificate: Path, names: Any, settings: Any) -> None:
        settings.WEBHOOKS_ALLOW_PRIVATE = True
        names("hooks.example.org", "127.0.0.1")
        with Receiver(certificate) as receiver:
            result = post(f"https://hooks.example.org:{receiver.port}/")
        assert result.error.startswith("hooks.example.org has no valid certificate: self")
        assert receiver.calls == []
