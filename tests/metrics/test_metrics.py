"""What /metrics tells, to whom, and that old jobs cost it nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.jobs import Now
from task.jobs.models import Job, RateLimit, Worker
from task.metrics import counted, families, views
from task.metrics.models import Counted

TOKEN = "sixteen-letters-"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    settings.METRICS_TOKEN = TOKEN
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(families, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(views, "of_rows", families.OfRows())
    return clock


def ask(client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"} | headers)


def told(name: str, **labels: str) -> float | None:
    """The value of one line."""
    words = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    line = re.escape(f"{name}{{{words}}}" if words else name)
    found = re.search(rf"^{line} (\S+)$", ask().content.decode(), re.MULTILINE)
    return float(found[1]) if found else None


def ended(ago: float, wait: float = 0.0, run: float = 0.0, state: str = "succeeded", **columns: Any) -> Job:
    """A job that ended so many seconds ago."""
    finished = Now() - timedelta(seconds=ago)
    started = finished - timedelta(seconds=run)
    times = {"created": started - timedelta(seconds=wait), "started": started, "attempted_at": started}
    whole = {"kind": "workbench.empty", "title": "x", "state": state, "finished": finished, "claims": 1}
    return Job.objects.create(**{**whole, **times, **columns})


def begin(seconds_ago: float = 3600.0) -> None:
    """Counting began then."""
    ask()
    Counted.objects.update(until=Now() - timedelta(seconds=seconds_ago))


def test_without_a_token_there_is_no_such_page(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert ask().status_code == 404
    assert Client().get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("given", "status"),
    [(None, 401), (f"Basic {TOKEN}", 401), ("Bearer", 403), (f"Bearer {TOKEN}x", 403), ("Bearer ü", 403)],
)
def test_who_does_not_know_the_token_is_told_in_a_line(given: str | None, status: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/metrics", headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert b"METRICS_TOKEN" in answer.content
    assert TOKEN not in answer.content.decode()
    assert ("WWW-Authenticate" in answer) is (status == 401)
    assert len(queries) == 0


def test_prometheus_asks_by_an_address_and_in_either_format() -> None:
    answer = ask(Host="10.0.0.7:8000", Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Client().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_what_waits_pauses_and_runs() -> None:
    hour = Now() + timedelta(hours=1)
    whole = {"kind": "workbench.empty", "title": "x"}
    Job.objects.create(**whole, created=Now() - timedelta(seconds=100))
    Job.objects.create(**whole, created=Now() - timedelta(hours=2), run_after=Now() - timedelta(seconds=50))
    Job.objects.create(**whole, created=Now() - timedelta(days=300), claims=3)  # a retried one waits since its retry
    Job.objects.create(**whole, run_after=hour)
    Job.objects.create(**whole | {"kind": "workbench.make"}, state="running", lease_until=hour)
    assert told("desk_jobs", kind="workbench.empty", state="waiting") == 3
    assert told("desk_jobs", kind="workbench.empty", state="paused") == 1
    assert told("desk_jobs", kind="workbench.make", state="running") == 1
    assert told("desk_jobs_oldest_waiting_seconds", kind="workbench.empty") == pytest.approx(100, abs=5)


def test_workers_and_sources() -> None:
    Worker.objects.create(name="one")
    Worker.objects.create(name="deaf", listens=False)
    Worker.objects.create(name="dead", seen=Now() - timedelta(minutes=1))
    later = Now() + timedelta(seconds=40)
    RateLimit.objects.create(source="GitHub", next_at=Now() - timedelta(days=1), blocked_until=later, strikes=2)
    assert (told("desk_workers", listens="yes"), told("desk_workers", listens="no")) == (1, 1)
    assert told("desk_source_blocked_seconds", source="GitHub") == pytest.approx(40, abs=5)
    assert told("desk_source_next_turn_seconds", source="GitHub") == 0
    assert told("desk_source_refusals", source="GitHub") == 2


def test_gauges_are_kept_for_some_seconds(clock: SimpleNamespace) -> None:
    assert told("desk_workers", listens="yes") == 0
    Worker.objects.create(name="one")
    clock.now += 14
    assert told("desk_workers", listens="yes") == 0
    clock.now += 1
    assert told("desk_workers", listens="yes") == 1


def test_ended_jobs_are_counted_once_with_their_times() -> None:
    ended(7200)  # before anybody counted
    begin()
    ended(100, wait=0.2, run=20)
    ended(90, wait=0.3, run=7000, notifications=2)
    ended(80, state="failed", attempted_at=Now() - timedelta(seconds=82))  # of a retry: it waited before
    ended(70, state="cancelled", started=None, attempted_at=None, claims=0)
    ended(10)  # one that ended at its time may not be committed yet
    for _ in range(2):
        assert told("desk_jobs_ended_total", kind="workbench.empty", state="succeeded") == 2
        assert told("desk_jobs_ended_total", kind="workbench.empty", state="failed") == 1
        assert told("desk_jobs_ended_total", kind="workbench.empty", state="cancelled") == 1
    assert told("desk_jobs_notified_again_total", kind="workbench.empty") == 2
    wait = {le: told("desk_job_wait_seconds_bucket", kind="workbench.empty", le=le) for le in ("0.1", "0.5", "+Inf")}
    assert wait == {"0.1": 0, "0.5": 2, "+Inf": 2}
    assert told("desk_job_wait_seconds_sum", kind="workbench.empty") == pytest.approx(0.5, abs=0.01)
    run = {le: told("desk_job_run_seconds_bucket", kind="workbench.empty", le=le) for le in ("5.0", "60.0", "+Inf")}
    assert run == {"5.0": 1, "60.0": 2, "+Inf": 3}
    Job.objects.all().delete()  # counters only grow
    Counted.objects.update(until=Now() - timedelta(seconds=60))
    assert told("desk_jobs_ended_total", kind="workbench.empty", state="succeeded") == 2


def test_of_two_processes_that_count_at_once_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    begin()
    ended(100)
    count = counted.count

    def meanwhile(job: Job, kind: Any) -> None:
        monkeypatch.setattr(counted, "count", count)
        counted.counted()  # the other one
        count(job, kind)

    monkeypatch.setattr(counted, "count", meanwhile)
    assert counted.counted()["workbench.empty"]["ended"] == {"succeeded": 1}
    assert Counted.objects.get().kinds["workbench.empty"]["ended"] == {"succeeded": 1}


def test_after_a_pause_it_catches_up_scrape_by_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "MOST", 4)
    begin()
    for second in range(8):
        ended(1000 - second)
    counts = [told("desk_jobs_ended_total", kind="workbench.empty", state="succeeded") for _ in range(4)]
    assert counts == [3, 6, 8, 8]


def test_buckets_of_an_older_version_stay_in_the_total() -> None:
    begin()
    old = {"ended": {}, "notified_again": 0, "wait": {"0.1": 1, "0.2": 5, "+Inf": 1, "sum": 3.0}}
    Counted.objects.update(kinds={"workbench.empty": old}, until=Now())
    bucket = {le: told("desk_job_wait_seconds_bucket", kind="workbench.empty", le=le) for le in ("0.1", "0.5", "+Inf")}
    assert bucket == {"0.1": 1, "0.5": 1, "+Inf": 7}


def plans() -> Iterator[tuple[str, str]]:
    """Each query of a scrape on jobs, and how SQLite goes about it."""
    with CaptureQueriesContext(connection) as queries:
        ask()
    for query in queries:
        if "jobs_job" in query["sql"] and query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                yield query["sql"], "\n".join(row[3] for row in cursor.fetchall())


@pytest.mark.sqlite
def test_no_query_reads_all_jobs(clock: SimpleNamespace) -> None:
    begin()
    clock.now += 15
    found = list(plans())
    assert len(found) == 4
    for sql, plan in found:
        assert not re.search(r"SCAN (?!\(?subquery)", plan, re.IGNORECASE), f"{sql}\n{plan}"


def test_the_number_of_queries_does_not_grow(clock: SimpleNamespace) -> None:
    begin()
    numbers = []
    for _ in range(2):
        clock.now += 15
        with CaptureQueriesContext(connection) as queries:
            ask()
        numbers.append(len(queries))
        Counted.objects.update(until=Now() - timedelta(seconds=3600))
        for kind in ("workbench.empty", "workbench.make", "workbench.loop"):
            ended(100, kind=kind)
            Job.objects.create(kind=kind, title="x")
    assert numbers[0] == numbers[1] <= 8


def test_requests_by_the_name_of_their_address() -> None:
    client = Client()

    def count(route: str, status: str) -> float:
        return told("desk_web_request_seconds_count", route=route, status=status) or 0

    asked = [("login", "2xx", "/accounts/login/"), ("none", "4xx", "/nothing/at/all/"), ("healthz", "2xx", "/healthz")]
    for route, status, path in asked:
        before = count(route, status)
        client.get(path)
        assert count(route, status) == before + 1
    assert "/nothing" not in ask().content.decode()


def test_without_a_database_the_web_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("desk_database_up") == 1

    def away() -> None:
        raise OperationalError("no connection")

    monkeypatch.setattr(families, "counted", away)
    assert told("desk_database_up") == 0
    assert "desk_web_request_seconds" in ask().content.decode()
