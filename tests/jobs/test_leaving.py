"""What leaves the desk: requests with limits that hold, emails that are sent again."""

import smtplib
import socket
import threading
from time import monotonic

import pytest

from task.jobs import Temporary, submit
from task.jobs.models import Job
from task.jobs.outside.http import Unreachable, fetch
from task.jobs.worker import perform
from tests.workbench import tasks


@pytest.fixture
def dripping():
    """A service that sends one byte of a header now and then, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        line, _ = server.accept()
        with line:
            line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.wait(0.1):
                try:
                    line.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    over.set()
    server.close()
    thread.join(5)


def test_a_service_that_drips_is_left_in_time(dripping):
    began = monotonic()
    with pytest.raises(Temporary, match=r"longer than 0\.5 s"):
        fetch(dripping, timeout=0.5)
    assert monotonic() - began < 3


def test_nobody_there_is_told_apart():
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 can't be reached"):
        fetch("http://127.0.0.1:9/")


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
    job = submit(tasks.write_to, address="a@example.com")
    perform(job.pk)
    assert Job.objects.get(pk=job.pk).state == state
