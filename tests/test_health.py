"""The two health pages, against a broker of their own that is stopped, killed and hung."""

import signal
import socket
import time
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from redis import Redis

from task.jobs.engine.clock import Now
from task.jobs.models import SEEN_WITHIN, Job, Worker
from task.jobs.pages import readiness, views
from tests.processes import Broker, wait_until
from tests.services_needed import amqp_url, quorum_url
from tests.workbench import tasks


@pytest.fixture
def valkey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker that the desk is told to use."""
    broker = Broker()
    monkeypatch.setattr(current_app.conf, "broker_write_url", broker.url)
    yield broker
    broker.close()


@pytest.fixture
def worker(db: None) -> Worker:
    return Worker.objects.create(name="here")


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that has gone on by more than a pause whenever it is looked at."""
    clock = SimpleNamespace(now=0.0, step=10.0)

    def monotonic() -> float:
        clock.now += clock.step
        return clock.now

    monkeypatch.setattr(readiness, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(readiness.readiness, "until", 0.0)
    monkeypatch.setattr(readiness.readiness, "found", {})
    return clock


def ready(client: Client) -> tuple[int, list[str]]:
    began = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - began < 20  # what hangs would hold it for ever
    assert answer.json()["ready"] is (answer.status_code == 200)
    return answer.status_code, answer.json()["missing"]


def becomes_ready(client: Client) -> bool:
    """A broker that answers may be too slow once, when other tests have the machine."""
    return bool(wait_until(lambda: ready(client) == (200, []), 20))


def test_alive_asks_no_database(client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"alive\n", "text/plain")


def test_a_balancer_asks_by_an_address(client: Client, db: None) -> None:
    by_address = {"Host": "10.0.0.7:8000"}
    assert client.get("/healthz", headers=by_address).status_code == 200
    assert client.get("/readyz", headers=by_address).status_code == 503  # there is no worker
    assert client.get("/", headers=by_address).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_reading_only_and_never_from_a_cache(client: Client, db: None, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]
    assert not client.get(path).cookies
    for method in (client.post, client.put, client.delete):
        assert method(path).status_code == 405


def test_ready_when_all_three_answer(client: Client, worker: Worker, valkey: Broker) -> None:
    assert becomes_ready(client)


def test_names_all_that_is_missing(client: Client, db: None) -> None:
    assert ready(client) == (503, ["broker", "worker"])  # the tests' own settings have neither


def test_a_worker_that_was_silent_for_long_is_missing(client: Client, worker: Worker, valkey: Broker) -> None:
    assert becomes_ready(client)
    Worker.objects.update(seen=Now() - SEEN_WITHIN + timedelta(seconds=5))
    assert "worker" not in ready(client)[1]
    Worker.objects.update(seen=Now() - SEEN_WITHIN - timedelta(seconds=1))
    wait_until(lambda: ready(client) == (503, ["worker"]), 20)


def test_a_wrong_clock_of_the_web_host_makes_no_worker_missing(
    client: Client, worker: Worker, valkey: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: late)
    assert becomes_ready(client)


def test_a_broker_that_hangs_is_missing_at_once(client: Client, worker: Worker, valkey: Broker) -> None:
    valkey.signal(signal.SIGSTOP)
    assert ready(client) == (503, ["broker"])
    valkey.signal(signal.SIGCONT)
    assert becomes_ready(client)


def test_a_broker_that_was_killed_is_missing(client: Client, worker: Worker, valkey: Broker) -> None:
    valkey.kill()
    assert ready(client) == (503, ["broker"])


def test_a_rabbitmq_answers_too(client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (amqp_url(), quorum_url()):
        monkeypatch.setattr(current_app.conf, "broker_write_url", url)
        assert becomes_ready(client)
    monkeypatch.setattr(current_app.conf, "broker_write_url", "amqp://guest:guest@127.0.0.1:9//")
    assert ready(client) == (503, ["broker"])


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_accepts_and_says_nothing_is_missing(
    client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(current_app.conf, "broker_write_url", f"{scheme}://127.0.0.1:{silent.getsockname()[1]}//")
        assert ready(client) == (503, ["broker"])


def test_a_database_that_fails_is_missing_and_says_no_more(
    client: Client, worker: Worker, valkey: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("password authentication failed for user desk")

    monkeypatch.setitem(readiness.PARTS, "database", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["database"]}


def why(name: str) -> str:
    return readiness.try_all()[name]


def test_a_full_broker_takes_no_message_though_it_lets_everybody_connect(worker: Worker, valkey: Broker) -> None:
    with Redis(unix_socket_path=str(valkey.socket)) as redis:
        redis.config_set("maxmemory", 1)
        assert why("broker").startswith("The broker takes no message: ")
        assert "maxmemory" in why("broker")
        redis.config_set("maxmemory", 0)
        assert "broker" not in readiness.try_all()
        assert 0 < redis.ttl(readiness.QUEUE) <= readiness.EXPIRES
        redis.execute_command("REPLICAOF", "127.0.0.1", "9")
        assert "read only" in why("broker")


def test_a_database_that_takes_no_writes(db: None) -> None:
    only_reading = "PRAGMA query_only=ON" if connection.vendor == "sqlite" else "SET TRANSACTION READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(only_reading)
        try:
            assert why("database").startswith("The database takes no row: ")
            assert set(readiness.try_all()) == {"database", "broker"}
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA query_only=OFF")


def test_what_is_tried_leaves_no_row(worker: Worker) -> None:
    readiness.database()
    assert Worker.objects.get() == worker


def test_a_full_disk(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(readiness.shutil, "disk_usage", lambda _: usage(readiness.LEAST_ROOM - 1))
    assert why("disk").startswith("The disk of /")
    monkeypatch.setattr(readiness.shutil, "disk_usage", lambda _: usage(readiness.LEAST_ROOM))
    assert "disk" not in readiness.try_all()


def test_a_migration_that_is_missing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_migrated", False)
    readiness.migrations()
    monkeypatch.setattr(readiness, "_migrated", False)
    ((app, name),) = MigrationExecutor(connection).loader.graph.leaf_nodes("jobs")
    MigrationRecorder(connection).record_unapplied(app, name)
    assert why("migrations") == f"Run manage.py migrate: the database lacks jobs.{name}."


def test_a_worker_that_listens_to_no_broker_is_none(worker: Worker) -> None:
    Worker.objects.update(listens=False)
    assert why("worker") == "No worker listens to the broker. Their logs say why."
    Worker.objects.create(name="there")
    assert "worker" not in readiness.try_all()


def test_a_worker_that_takes_nothing_is_none(worker: Worker) -> None:
    job, other = tasks.do_nothing.delay(), tasks.do_nothing.delay()
    assert "worker" not in readiness.try_all()
    Job.objects.update(notified_at=Now() - timedelta(seconds=61))
    assert why("worker") == "Jobs wait, and no worker has done anything for a minute."
    running: dict[str, Any] = {"state": "running", "lease_until": Now() + timedelta(seconds=20)}
    Job.objects.filter(pk=other.pk).update(**running)
    assert "worker" not in readiness.try_all()
    Job.objects.filter(pk=other.pk).update(lease_until=Now() - timedelta(seconds=31))
    assert why("worker")
    Job.objects.filter(pk=other.pk).update(state="succeeded", finished=Now())
    assert "worker" not in readiness.try_all()
    Job.objects.filter(pk=other.pk).update(finished=Now() - timedelta(seconds=61))
    Job.objects.filter(pk=job.pk).update(run_after=Now() + timedelta(hours=1))
    assert "worker" not in readiness.try_all()


def test_many_who_ask_are_one_try_and_one_line_in_the_log(
    client: Client, db: None, asked_anew: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    asked_anew.step = 0.0
    assert ready(client) == (503, ["broker", "worker"])
    with CaptureQueriesContext(connection) as queries:
        assert {ready(client)[0] for _ in range(20)} == {503}
    assert len(queries) == 0
    asked_anew.now += 5
    ready(client)
    lines = [line for line in caplog.messages if line.startswith("Not ready.")]
    assert len(lines) == 1
    assert lines[0].endswith("No worker is running.")


def test_staff_read_why(client_of: Any, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "problems_for_staff", readiness.problems_for_staff)
    assert "No worker is running." in client_of(people["charlie"]).get("/jobs/").content.decode()
    assert "not ready" not in client_of(people["alice"]).get("/jobs/").content.decode()
