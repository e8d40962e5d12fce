"""What a job's state is, in words and figures: each branch, without a database, and that a list asks nothing more."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import DateTimeField, Value
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.face.drawing.icons import SHAPES
from task.jobs.conf import conf
from task.jobs.engine.clock import Now
from task.jobs.engine.registry import KINDS, Kind
from task.jobs.engine.transitions import cancel, claim
from task.jobs.models import Job, State
from task.jobs.pages.status import COLUMNS, JobStatus, status_of
from tests.reading import read
from tests.workbench import tasks

NOW = datetime(2031, 5, 6, 16, 45, 30, tzinfo=UTC)
LATER = datetime(2031, 5, 6, 16, 47, tzinfo=UTC)
AWAY = "The library can't be reached."
LOST = {"what": "worker lost", "done": 40}


def waiting(**columns: Any) -> JobStatus:
    return status_of(Job(created=NOW, **columns))


def running(left: float = conf.LEASE_SECONDS, **columns: Any) -> JobStatus:
    """Claimed 10 s ago, with a lease that lasts for `left` seconds more."""
    began = NOW - timedelta(seconds=10)
    times = {"created": began, "started": began, "attempted_at": began, "lease_until": NOW + timedelta(seconds=left)}
    return status_of(Job(state=State.RUNNING, **times | columns), NOW)


def ended(state: State = State.SUCCEEDED, **columns: Any) -> JobStatus:
    times = {"created": NOW - timedelta(seconds=14), "started": NOW - timedelta(seconds=12), "finished": NOW}
    return status_of(Job(state=state, **times | columns), NOW)


# What it says


def test_it_waits_for_a_worker():
    status = waiting()
    assert (status.words, status.detail, status.is_put_off) == (
        "Waiting for a worker",
        "It will start by itself.",
        False,
    )
    assert (status.large, status.line) == ("Waiting for a worker. It will start by itself.", "Waiting for a worker")
    assert (status.beside_bar, status.next_try, status.next_words) == ("waiting for a worker", None, "")


def test_what_it_counts_has_a_unit_and_what_comes_behind_the_count_a_sentence(monkeypatch: pytest.MonkeyPatch):
    kind = Kind("status.bytes", tasks.do_nothing.kind.function, "Bytes", unit="MB", ending="Putting it in order.")
    monkeypatch.setitem(KINDS, kind.name, kind)
    status = running(kind=kind.name, done=1_400, total=9_800)
    assert (status.of, status.line) == ("of 9,800 MB", "1,400 of 9,800 MB")
    assert status.detail == "140 MB a second, about 60 s left"
    assert (running(kind=kind.name, done=3).of, running(kind=kind.name, done=3).line) == ("MB so far", "3 MB done")
    assert waiting(kind=kind.name, done=3, history=[{}]).detail == "It will continue at 3 MB."
    last = running(kind=kind.name, done=9_800, total=9_800)
    assert last.words == last.line == last.detail == last.beside_bar == "Putting it in order."
    assert not last.shows_count
    assert ended(kind=kind.name, done=9_800, total=9_800).ending == ""


def test_it_waits_for_another_turn_with_something_done():
    status = waiting(done=40, total=100, history=[LOST])
    assert (status.detail, status.percent) == ("It will continue at 40.", 40)
    assert (status.shows_count, status.of, status.beside_bar) == (True, "of 100", "")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"message": AWAY, "run_after": LATER, "started": NOW}, f"{AWAY} Next try at 16:47:00."),
        ({"run_after": LATER, "started": NOW}, "Next try at 16:47:00."),
        ({"run_after": LATER}, "Starts at 16:47:00."),
        ({"message": AWAY}, AWAY),
    ],
)
def test_it_is_put_off_and_says_why_and_until_when(columns: dict[str, Any], words: str):
    status = waiting(**columns)
    assert status.is_put_off
    assert [read(each) for each in (status.words, status.large, status.line, status.beside_bar)] == [words] * 4
    assert status.next_try == columns.get("run_after")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"history": [{"what": "fault"}]}, "If 5 tries in a row fail, it gives up, and you can retry it."),
        ({"faults": 1, "history": [{"what": "fault"}]}, "1 of 5 tries has failed. If all 5 fail, it gives up, and"),
        ({"faults": 4, "history": [LOST, {"what": "fault"}]}, "4 of 5 tries have failed."),
        ({"faults": 1, "history": [{"what": "fault"}, {"what": "pause"}]}, "Waiting does not count as a failed try."),
    ],
)
def test_it_says_when_it_gives_up_and_that_nobody_need_stay(columns: dict[str, Any], words: str):
    patience = waiting(message=AWAY, run_after=LATER, **columns).patience
    assert patience.startswith(words)
    assert patience.endswith("You can leave this page: it continues by itself.")


@pytest.mark.parametrize("columns", [{}, {"run_after": LATER}, {"message": AWAY, "history": [{"what": "fault"}]}])
def test_of_a_job_that_has_not_failed_yet_it_says_nothing_of_giving_up(columns: dict[str, Any]):
    assert waiting(**columns).patience == ""


def test_a_time_that_has_come_is_no_next_try():
    assert running(run_after=LATER).next_try is None


def test_it_is_at_work():
    status = running()
    assert (status.words, status.line, status.beside_bar, status.large) == (
        "In progress",
        "In progress",
        "",
        "In progress.",
    )
    assert (status.detail, status.speed, status.time_left, status.percent) == ("", None, None, None)


def test_it_stops_at_its_next_step():
    status = running(cancel_requested=True, done=50, total=100)
    assert status.is_stopping
    assert (status.words, status.line) == ("Stopping after this step", "Stopping after this step")
    assert (status.detail, status.shows_count, status.beside_bar) == (
        "What is done is kept.", False, "stopping after this step",
    )  # fmt: skip
    assert (status.speed, status.time_left) == (None, None)


def test_what_came_of_it():
    status = ended(message="100 made.", done=100, total=100)
    assert (status.words, status.line, status.large, status.detail) == ("100 made.",) * 3 + ("took 12 s",)
    assert (status.waited, status.took) == (timedelta(seconds=2), timedelta(seconds=12))
    nothing = ended()
    assert (nothing.words, nothing.line, nothing.large) == ("", "", "")


def test_why_it_failed_comes_before_all_else():
    status = ended(State.FAILED, error="The shelf is full.", message=AWAY, done=4, total=10)
    assert (status.words, status.line, status.failure) == ("The shelf is full.",) * 3
    assert ended(State.FAILED).failure == "It stopped without giving a reason."


def test_a_job_that_was_cancelled_before_it_began_took_no_time():
    status = ended(State.CANCELLED, message="Cancelled before it continued.", started=None)
    assert (status.words, status.detail, status.took, status.waited) == (
        "Cancelled before it continued.",
        "",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("done", "total", "line", "of"),
    [
        (1600, 2000, "1,600 of 2,000", "of 2,000"),
        (0, 2000, "0 of 2,000", "of 2,000"),
        (1600, None, "1,600 done", "so far"),
    ],
)
def test_what_is_counted_says_more_than_that_it_is_at_work(done: int, total: int | None, line: str, of: str):
    status = running(done=done, total=total)
    assert (status.line, status.of, status.shows_count, status.beside_bar) == (line, of, True, "")


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(1, 3, 33), (5, 4, 100), (0, 4, 0), (5, None, None), (5, 0, None)]
)
def test_percent(done: int, total: int | None, percent: int | None):
    assert running(done=done, total=total).percent == percent


def test_a_lost_worker_is_told_while_the_job_is_under_way():
    assert running(done=60, total=100, history=[LOST]).line == "60 of 100, 1 worker lost"
    assert read(waiting(message=AWAY, history=[LOST, LOST]).line) == f"{AWAY} 2 workers lost"
    assert ended(message="Made.", history=[LOST]).line == "Made."
    assert ended(history=[LOST]).workers_lost == (40,)


# How fast it is, in this attempt


def test_speed_and_time_left():
    status = running(done=400, total=1000)
    assert (status.speed, status.time_left) == (40.0, timedelta(seconds=15))
    assert status.detail == "40 a second, about 15 s left"
    assert running(done=400).detail == "40 a second"
    assert running(done=5, total=10).detail == "30 a minute, about 10 s left"


def test_the_speed_is_of_this_attempt():
    retry = {"what": "retry", "done": 200}
    status = running(done=400, total=1000, history=[retry], started=NOW - timedelta(days=1))
    assert (status.speed, status.time_left) == (20.0, timedelta(seconds=30))
    assert running(done=200, history=[retry]).speed is None
    # The retry fell out of the history: what was done before is not known.
    assert running(done=400, history=[], started=NOW - timedelta(days=1)).speed is None
    assert ended(attempted_at=NOW - timedelta(seconds=5), history=[retry]).took == timedelta(seconds=5)


def test_no_speed_without_the_time():
    job = Job(state=State.RUNNING, done=400, total=1000, created=NOW, started=NOW, attempted_at=NOW, lease_until=NOW)
    status = status_of(job)
    assert (status.speed, status.time_left, status.detail) == (None, None, "")


def test_no_speed_is_told_when_no_step_was_committed_for_a_while():
    status = running(left=conf.LEASE_SECONDS - 6, done=400, total=1000)
    assert (status.speed, status.detail) == (None, "")


@pytest.mark.parametrize(("left", "within"), [(10, 15), (-60, 5)])
@pytest.mark.parametrize("done", [0, 400])
def test_a_worker_that_is_quiet_is_called_so(left: float, within: int, done: int):
    status = running(left=left, done=done, total=1000)
    assert status.detail == f"The worker has gone quiet. If it stays quiet, another one takes over within {within} s."
    assert status.speed is None


# Its word and its sign


@pytest.mark.parametrize("state", State)
def test_each_state_has_one_word_and_one_sign(state: State):
    status = status_of(Job(state=state, created=NOW))
    assert (status.state, status.word) == (state, state.label)
    assert status.sign in SHAPES


# On the pages

ROOT = Path(__file__).parent.parent.parent
OWN_WORDS = ("emails/", "jobs/_button.html")  # a day's failures; what can be done about a job
RAW = re.compile(r"\bjob\.(state|message|error|run_after|done|total|cancel_requested|workers_lost|wait|duration)\b")


def test_no_template_tells_a_state_from_the_row():
    found = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")}
    told = {name: RAW.findall((ROOT / "templates" / name).read_text()) for name in found}
    assert {name for name, columns in told.items() if columns and not name.startswith(OWN_WORDS)} == set()


@pytest.mark.django_db
def test_a_list_asks_nothing_row_by_row(alice: Any):
    Job.objects.bulk_create(Job(kind="x", title="Sing", owner=alice, done=n, total=30) for n in range(25))
    with CaptureQueriesContext(connection) as queries:
        found = [status_of(job) for job in Job.objects.only(*COLUMNS)]
    assert (len(found), len(queries)) == (25, 1)


@pytest.mark.django_db(transaction=True)
def test_the_page_of_a_job_says_what_its_status_says(member: Client, alice: Any, monkeypatch: pytest.MonkeyPatch):
    job = tasks.make_things.apply_async(kwargs={"total": 1000}, owner=alice)
    claim(job.pk)
    Job.objects.filter(pk=job.pk).update(
        done=100, total=1000, lease_until=Now() + timedelta(seconds=10), message="", attempted_at=Now()
    )
    job.refresh_from_db()
    assert job.lease_until
    now = job.lease_until - timedelta(seconds=10)  # no second passes meanwhile
    monkeypatch.setattr("task.jobs.pages.views.Now", lambda: Value(now, DateTimeField()))
    words = status_of(job, now).detail
    assert words.startswith("The worker has gone quiet.")
    assert words in member.get(job.get_absolute_url()).content.decode()
    monkeypatch.undo()
    cancel(job)
    page = member.get(job.get_absolute_url()).content.decode()
    assert "Stopping after this step" in page
    assert " left" not in page


def test_the_words_of_others_are_escaped():
    """What a job says may hold what somebody else wrote."""
    job = Job(created=NOW, title="Sing", message="<b>1</b>", pk="12345678-1234-1234-1234-123456789012")
    assert "&lt;b&gt;1&lt;/b&gt;" in render_to_string("jobs/_now.html", {"rows": [job]})
