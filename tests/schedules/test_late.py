"""Jobs that wait for longer than their kind promises: one email an hour to each of the staff."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import F

from task.jobs import Now, kinds
from task.jobs.models import Job
from task.schedules import late
from task.schedules.models import LateNotice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def problems(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found = ["No worker is running."]
    monkeypatch.setattr(late, "problems_for_staff", lambda: found)
    return found


def waiting(minutes: float, kind: str = "books.look_up", **columns: Any) -> Job:
    return Job.objects.create(kind=kind, title="x", created=Now() - timedelta(minutes=minutes), **columns)


def later(**more: float) -> None:
    LateNotice.objects.update(sent=F("sent") - timedelta(**more))


def test_each_of_the_staff_is_told_which_kind_how_many_how_long_and_what_to_do(sam: Any, alice: Any) -> None:
    waiting(25)
    waiting(12)
    waiting(11, "orders.confirm")
    assert late.check() == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["sam@example.org"], "3 jobs waiting for too long")
    html, _ = message.alternatives[0]
    for words in (
        "Look up books", "2 waiting", "25 min", "Order confirmation", "1 waiting", "11 min", "10 min",
        "No worker is running. Whoever runs the desk has to fix this.", "http://testserver/jobs/?state=queued",
        "at most once an hour",
    ):  # fmt: skip
        assert words in message.body, words
        assert words in html, words
    assert "&" not in message.body


def test_busy_workers_are_another_advice(sam: Any, problems: list[str]) -> None:
    problems.clear()
    waiting(11)
    late.check()
    assert "Start more workers" in mail.outbox[0].body
    assert mail.outbox[0].subject == "1 job waiting for too long"


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("books.look_up", {"created": Now() - timedelta(minutes=9)}),
        ("books.look_up", {"run_after": Now() + timedelta(hours=1)}),  # it pauses
        ("books.look_up", {"run_after": Now() - timedelta(minutes=9)}),  # it has paused
        ("books.look_up", {"claims": 1, "notified_at": Now() - timedelta(minutes=9)}),  # it has begun
        ("books.look_up", {"state": "running", "lease_until": Now()}),
        ("books.look_up", {"state": "failed"}),
        ("schedules.retention", {}),  # it promises nothing
        ("gone.kind", {}),
    ],
)
def test_who_keeps_the_promise_is_no_news(sam: Any, kind: str, columns: dict[str, Any]) -> None:
    Job.objects.create(**{"kind": kind, "title": "x", "created": Now() - timedelta(days=1), **columns})
    assert late.check() == 0
    assert mail.outbox == []


def test_at_most_one_an_hour_however_many_beats_look(sam: Any) -> None:
    waiting(11)
    assert [late.check() for _ in range(3)] == [1, 0, 0]
    later(minutes=59)
    assert late.check() == 0
    later(minutes=2)
    assert [late.check() for _ in range(2)] == [1, 0]
    assert len(mail.outbox) == 2


def test_of_two_that_look_at_once_one_has_the_turn() -> None:
    assert [late.claim(), late.claim()] == [True, False]


def test_a_bad_address_keeps_no_other_from_hearing(
    sam: Any, charlie: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused = {"sam@example.org"}
    send = late.EmailMultiAlternatives.send

    def refusing(self: Any) -> int:
        if refused & set(self.to):
            raise OSError("the server is away")
        return send(self)

    monkeypatch.setattr(late.EmailMultiAlternatives, "send", refusing)
    waiting(11)
    assert late.check() == 1
    assert [message.to for message in mail.outbox] == [["charlie@example.org"]]
    later(hours=2)
    refused.add("charlie@example.org")
    assert late.check() == 0
    assert "was not sent: the server is away" in caplog.text
    refused.clear()
    assert late.check() == 0
    later(minutes=6)  # tried again in 5 minutes, not in an hour
    assert late.check() == 2


def test_the_kinds_that_people_wait_for_promise_ten_minutes() -> None:
    promised = {name for name, kind in kinds().items() if kind.starts_within == 600}
    assert promised >= {"books.look_up", "accounts.password_reset", "orders.confirm", "reports.crawl"}
