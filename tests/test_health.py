"""The two health pages, against a broker of their own that is stopped, killed and hung."""

import signal
import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from celerytask import health
from task.jobs.engine.clock import Now
from task.jobs.models import Worker
from tests.processes import Broker, wait_until
from tests.services_needed import amqp_url


@pytest.fixture
def valkey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker that the desk is told to use."""
    broker = Broker()
    monkeypatch.setattr(health.app.conf, "broker_write_url", broker.url)
    yield broker
    broker.close()


@pytest.fixture
def worker(db: None) -> Worker:
    return Worker.objects.create(name="here")


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
    Worker.objects.update(seen=Now() - health.FRESH + timedelta(seconds=5))
    assert "worker" not in ready(client)[1]
    Worker.objects.update(seen=Now() - health.FRESH - timedelta(seconds=1))
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
    monkeypatch.setattr(health.app.conf, "broker_write_url", amqp_url())
    assert becomes_ready(client)
    monkeypatch.setattr(health.app.conf, "broker_write_url", "amqp://guest:guest@127.0.0.1:9//")
    assert ready(client) == (503, ["broker"])


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_accepts_and_says_nothing_is_missing(
    client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(health.app.conf, "broker_write_url", f"{scheme}://127.0.0.1:{silent.getsockname()[1]}//")
        assert ready(client) == (503, ["broker"])


def test_a_database_that_fails_is_missing_and_says_no_more(
    client: Client, worker: Worker, valkey: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bool:
        raise OperationalError("password authentication failed for user desk")

    monkeypatch.setitem(health.CHECKS, "database", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["database"]}
