"""What leaves the desk: requests with limits that hold, emails that are sent again."""

import smtplib
import socket
import threading
from time import monotonic, sleep

import pytest

from task.jobs import Fail, RetryLater
from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.services import http
from task.jobs.services.http import NoAnswer, Unreachable, fetch
from tests.processes import wait_until
from tests.services.openlibrary import OpenLibrary
from tests.workbench import tasks


@pytest.fixture(params=[b"X: ", b"Content-Length: 4000000\r\n\r\n"], ids=["header", "content"])
def dripping(request):
    """A service that sends one byte of a header, or of its content, now and then, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip(line):
        with line:
            line.sendall(b"HTTP/1.1 200 OK\r\n" + request.param)
            while not over.wait(0.1):
                try:
                    line.sendall(b"x")
                except OSError:
                    return

    def serve():
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=[line], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    over.set()
    server.close()


def test_a_service_that_drips_is_left_in_time(dripping):
    began = monotonic()
    with pytest.raises(RetryLater, match=r"longer than 2 s"):
        fetch(dripping, timeout=2)
    assert monotonic() - began < 20  # and not for ever


def test_and_what_it_took_to_reach_it_is_part_of_its_time(dripping, monkeypatch):
    def slowly(*args, look_up=socket.getaddrinfo, **kwargs):
        sleep(3)
        return look_up(*args, **kwargs)

    monkeypatch.setattr(http, "_client", None)  # else a connection may be there already
    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    began = monotonic()
    with pytest.raises(RetryLater, match=r"longer than 5 s"):
        fetch(dripping, timeout=5)
    assert monotonic() - began < 7.8  # and not 8


def test_and_leaves_no_thread_behind(dripping):
    def asking():
        return [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]

    for _ in range(3):
        with pytest.raises(RetryLater, match=r"127\.0\.0\.1 took longer than 2 s to answer\."):
            fetch(dripping, timeout=2)
    wait_until(lambda: not asking(), 10)


def test_nobody_there_is_told_apart():
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 can't be reached"):
        fetch("http://127.0.0.1:9/")


@pytest.mark.parametrize("address", ["http://[::1/", "http://host:port/", "foo", "ftp://host/", "http:///path", ""])
def test_what_is_no_address_is_refused_with_a_sentence(address):
    with pytest.raises(Fail, match=r"is no address.*\."):
        fetch(address)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://[::1/", "stopped in the middle of its answer"),
        ("http://127.0.0.1:99999/", "can't be reached"),
        ("ftp://host/", "redirected us to an address that does not work"),
        ("//[a", "can't be reached"),
    ],
)
def test_a_service_that_sends_us_nowhere_is_asked_again_later(address, says):
    with OpenLibrary() as service, pytest.raises(NoAnswer, match=rf"127\.0\.0\.1 {says}\."):
        service.queue(status=302, headers={"Location": address})
        fetch(service.url)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.com": (450, b"greylisted")}), "queued"),
        (smtplib.SMTPRecipientsRefused({"a@example.com": (550, b"no such user")}), "failed"),
        (smtplib.SMTPServerDisconnected("gone"), "queued"),
        (TimeoutError("too slow"), "queued"),
    ],
)
def test_only_a_refusal_for_ever_is_final(monkeypatch, fault, state):
    def refuse(*args, **kwargs):
        raise fault

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    job = tasks.write_to.delay(address="a@example.com")
    execute(job.pk)
    assert Job.objects.get(pk=job.pk).state == state
