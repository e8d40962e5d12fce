"""The emails of orders through a real worker process, a real broker and a real mail server."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.services.mail import message_id
from task.orders import stock
from task.orders.models import Order
from task.orders.tasks import confirm, send_cancelled, send_fulfilled
from tests.faults.conftest import ended
from tests.orders.conftest import make_book
from tests.processes import wait_until
from tests.services.smtp import MailServer

pytestmark = pytest.mark.broker


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def book(broker: Any) -> Book:
    return make_book(copies=3)


def through(server: MailServer) -> dict[str, str]:
    """The environment of a worker that sends its emails through this server, and tries again soon."""
    soon = {"TEST_JOBS_BACKOFF_SECONDS": "0.5", "TEST_JOBS_MAINTENANCE_SECONDS": "0.5"}
    return {"EMAIL_URL": server.url, "TEST_EMAIL": "smtp", **soon}


def place(book: Book, owner: Any) -> Job:
    """One order, as the form places it."""

    def rows(job: Job) -> None:
        order = stock.take_copies(book, 1, owner, job)
        job.arguments = {"order": order.number}
        job.save(update_fields=["arguments"])

    return confirm.apply_async(kwargs={"order": ""}, owner=owner, rows=rows)


def story_of(job: Job) -> str:
    """What the job's page tells its owner."""
    client = Client()
    client.force_login(job.owner, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client.get(job.get_absolute_url()).content.decode().partition("What happened")[2]


def name_of(job: Job) -> str:
    return message_id(job.pk, "emails/order_received", [job.owner.email])


def test_orders_confirm_and_what_becomes_of_them(start_worker: Any, alice: Any, book: Book, server: MailServer) -> None:
    worker = start_worker(**through(server))

    def rows(job: Job) -> None:
        order = stock.take_copies(book, 3, alice, job)
        job.arguments = {"order": order.number}
        job.save(update_fields=["arguments"])

    assert ended(confirm.apply_async(kwargs={"order": ""}, owner=alice, rows=rows), worker).state == "succeeded"
    number = Order.objects.get().number
    assert ended(send_fulfilled.apply_async(kwargs={"order": number}, owner=alice), worker).state == "succeeded"
    assert ended(send_cancelled.apply_async(kwargs={"order": number}, owner=alice), worker).state == "succeeded"
    assert [taken.to for taken in server.taken] == [["alice@example.org"]] * 3
    assert len(set(server.names)) == 3
    for taken, words in zip(server.taken, ("set aside for you", "is fulfilled", "is cancelled"), strict=True):
        assert words in taken.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_messages_too_many_send_no_second_email(start_worker: Any, alice: Any, book: Book, server: MailServer) -> None:
    worker = start_worker(processes=2, **through(server))
    first = place(book, alice)
    for _ in range(20):
        confirm.delay(str(first.pk))
    ended(first, worker)
    for _ in range(20):
        confirm.delay(str(first.pk))
    second = ended(place(book, alice), worker)  # behind all those rings
    assert server.names == [name_of(first), name_of(second)]


def test_a_server_that_refuses_or_breaks_off_before_it_takes_the_email_gets_it_once(
    start_worker: Any, alice: Any, book: Book, server: MailServer
) -> None:
    server.queue("RCPT", says="450 4.2.0 Greylisted")
    server.queue("WITHIN", drops=True)
    worker = start_worker(**through(server))
    jobs = [place(book, alice) for _ in range(2)]
    stories = [story_of(ended(job, worker)) for job in jobs]
    assert sorted(server.names) == sorted(name_of(job) for job in jobs)
    reasons = ["asked us to try again later", "hung up before it confirmed the message"]
    for story, reason in zip(stories, reasons, strict=True):
        assert story.index(reason) < story.index("Tried again") < story.index(" sent.")


def test_a_server_that_breaks_off_after_it_took_the_email_gets_it_twice_under_one_name(
    start_worker: Any, alice: Any, book: Book, server: MailServer
) -> None:
    server.queue("TAKEN", drops=True)
    worker = start_worker(**through(server))
    job = ended(place(book, alice), worker)
    assert (job.state, server.names) == ("succeeded", [name_of(job)] * 2)
    assert "hung up before it confirmed the message" in story_of(job)


def test_a_worker_killed_before_the_server_said_yes_leaves_two_under_one_name(
    start_worker: Any, alice: Any, book: Book, server: MailServer
) -> None:
    server.queue("TAKEN", delay=15)
    worker = start_worker(**through(server))
    job = place(book, alice)
    wait_until(lambda: server.taken, what=worker.said)
    worker.signal_pool(signal.SIGKILL)
    job = ended(job, worker)
    assert (job.state, server.names) == ("succeeded", [name_of(job)] * 2)
    assert "Worker lost" in story_of(job)


def test_a_slow_server_is_waited_for(start_worker: Any, alice: Any, book: Book, server: MailServer) -> None:
    for name in ("RCPT", "MESSAGE", "QUIT"):
        server.queue(name, delay=1)
    worker = start_worker(**through(server))
    jobs = [ended(place(book, alice), worker) for _ in range(3)]
    assert [(job.state, job.history) for job in jobs] == [("succeeded", [])] * 3
    assert server.names == [name_of(job) for job in jobs]
