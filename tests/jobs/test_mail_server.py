"""A real mail server that refuses, delays and drops the connection: how many emails arrive, and what the job says."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from task.jobs.models import Job
from task.jobs.services.mail import message_id
from task.jobs.testing import execute_all
from tests.services.smtp import MailServer
from tests.workbench import tasks

pytestmark = pytest.mark.django_db
COME_BACK = "The mail server asked us to try again later."
BROKE_OFF = "The mail server hung up before it confirmed the message."
NOT_NOW = "The mail server is not taking messages right now."


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 20
        yield server


def patience(settings: Any, odd: dict[str, Any]) -> None:
    """A server that is slow on purpose is waited for shortly; a good one as long as other tests have the machine."""
    if "delay" in odd:
        settings.EMAIL_TIMEOUT = 2


@pytest.fixture
def alice(db: None) -> Any:
    return get_user_model().objects.create_user("alice", "alice@example.org", "x")


def write(owner: Any) -> Job:
    job = tasks.write_to.apply_async(kwargs={"address": "reader@example.com"}, owner=owner)
    execute_all()
    job.refresh_from_db()
    return job


def story_of(job: Job, reader: Any) -> str:
    """What the job's page says that happened."""
    client = Client()
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(job.get_absolute_url()).content.decode().partition("What happened")[2]


def test_a_good_server_takes_one_message_under_the_jobs_name(server: MailServer, alice: Any) -> None:
    job = write(alice)
    assert (job.state, job.history) == ("succeeded", [])
    (taken,) = server.taken
    assert taken.to == ["reader@example.com"]
    assert taken.name == message_id(job.pk, "emails/workbench", ["reader@example.com"])


@pytest.mark.parametrize(
    ("place", "odd", "reason"),
    [
        ("MAIL", {"says": "451 4.3.0 Try later"}, COME_BACK),
        ("RCPT", {"says": "450 4.2.0 Greylisted, try later"}, COME_BACK),
        ("RCPT", {"says": "421 4.7.0 Too many connections"}, COME_BACK),
        ("DATA", {"says": "451 4.3.0 Try later"}, COME_BACK),
        ("MESSAGE", {"says": "452 4.3.1 No space left"}, COME_BACK),
        ("MESSAGE", {"says": "zzz what is this"}, COME_BACK),
        ("RCPT", {"delay": 30, "drops": True}, BROKE_OFF),
        ("MAIL", {"drops": True}, BROKE_OFF),
        ("RCPT", {"drops": True}, BROKE_OFF),
        ("DATA", {"drops": True}, BROKE_OFF),
        ("WITHIN", {"drops": True}, BROKE_OFF),
        ("MESSAGE", {"drops": True}, BROKE_OFF),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 10 else "",
)
def test_before_the_message_is_taken_exactly_one_arrives(
    server: MailServer, alice: Any, settings: Any, place: str, odd: dict[str, Any], reason: str
) -> None:
    patience(settings, odd)
    server.queue(place, **odd)
    job = write(alice)
    assert job.state == "succeeded"
    assert server.connections == 2
    assert server.names == [message_id(job.pk, "emails/workbench", ["reader@example.com"])]
    assert [entry["reason"] for entry in job.history] == [reason]
    story = story_of(job, alice)
    assert story.index(reason) < story.index("Tried again") < story.index("Written.")


@pytest.mark.parametrize("odd", [{"drops": True}, {"drops": True, "delay": 30}, {"says": "250 " + "x" * 10_000}])
def test_after_the_message_is_taken_a_second_one_has_the_same_name(
    server: MailServer, alice: Any, settings: Any, odd: dict[str, Any]
) -> None:
    patience(settings, odd)
    server.queue("TAKEN", **odd)
    job = write(alice)
    assert job.state == "succeeded"
    assert server.names == [message_id(job.pk, "emails/workbench", ["reader@example.com"])] * 2
    assert (BROKE_OFF if odd.get("drops") else NOT_NOW) in story_of(job, alice)


@pytest.mark.parametrize(
    ("place", "says", "error"),
    [
        ("RCPT", "550 5.1.1 No such user", "The mail server refused the address. Check how it is spelled."),
        (
            "MAIL",
            "550 5.7.1 <Not> from here",
            "refused our own address, which an administrator needs to correct. It said: 5.7.1 <Not>",
        ),
        ("DATA", "554 5.7.1 No", "The mail server refused the message. It said: 5.7.1 No"),
        ("MESSAGE", "554 5.7.1 This is <b>spam</b>", "refused the message. It said: 5.7.1 This is <b>spam</b>"),
        ("MESSAGE", "552-Too\r\n552 large", "refused the message. It said: Too large"),
    ],
)
def test_a_refusal_is_not_tried_again(server: MailServer, alice: Any, place: str, says: str, error: str) -> None:
    server.queue(place, says=says)
    job = write(alice)
    assert job.state == "failed"
    assert error in job.error
    assert (server.connections, server.taken) == (1, [])
    assert "<b>spam" not in story_of(job, alice)


@pytest.mark.parametrize(
    "odd",
    [{"drops": True}, {"says": "500 5.5.2 What"}, {"says": "221 " + "x" * 10_000}, {"delay": 30, "drops": True}],
    ids=["drops", "500", "long", "slow"],
)
def test_what_a_server_says_to_the_good_bye_sends_nothing_twice(
    server: MailServer, alice: Any, settings: Any, odd: dict[str, Any]
) -> None:
    patience(settings, odd)
    server.queue("QUIT", **odd)
    job = write(alice)
    assert (job.state, job.history, len(server.taken)) == ("succeeded", [], 1)


def test_who_puts_strangers_off_for_ten_minutes_gets_the_email_all_the_same(server: MailServer, alice: Any) -> None:
    for _ in range(4):
        server.queue("RCPT", says="450 4.2.0 Greylisted, try later")
    job = write(alice)
    assert (job.state, len(server.taken)) == ("succeeded", 1)
    waits = [entry["after"] for entry in job.history]
    assert len(waits) == 4
    assert 29 * 60 < sum(waits) < 49 * 60  # 4, 32, 256 and 2,048 s, each a quarter more or less
    assert waits[0] < 6, "A server that is started anew is there in a moment."


def test_a_server_that_never_answers_is_given_up_after_five_tries(server: MailServer, alice: Any) -> None:
    for _ in range(9):
        server.queue("DATA", drops=True)
    job = write(alice)
    assert (job.state, server.connections, server.taken) == ("failed", 5, [])
    assert job.error == f"{BROKE_OFF} We tried five times. Please try again later."
    assert story_of(job, alice).count("Tried again") == 4


def test_a_server_that_is_not_there_is_waited_for(server: MailServer, alice: Any, settings: Any) -> None:
    settings.EMAIL_PORT = 9
    job = write(alice)
    assert job.state == "failed"
    assert job.error.startswith("The mail server could not be reached.")
