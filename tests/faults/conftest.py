"""A real broker and real workers on the tests' database.

The broker is a private Valkey, unless TEST_WORKERS_BROKER_URL names another; workers reach PostgreSQL by the port that
TEST_WORKERS_DATABASE_PORT names, where that is a PgBouncer's.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth import get_user_model
from django.db import connection

from task.jobs.engine import broker as publisher
from task.jobs.models import Job
from tests.processes import Broker, Worker, wait_until


@dataclass
class Elsewhere:
    """A broker that is there already, with an empty queue."""

    url: str

    def __post_init__(self) -> None:
        with current_app.connection_for_write(self.url) as line, suppress(*line.channel_errors):
            line.default_channel.queue_purge("celery")

    def close(self) -> None:
        pass


@pytest.fixture
def broker(
    transactional_db: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Broker | Elsewhere]:
    elsewhere = "" if request.node.get_closest_marker("own_broker") else os.environ.get("TEST_WORKERS_BROKER_URL")
    broker = Elsewhere(elsewhere) if elsewhere else Broker()
    monkeypatch.setattr(current_app.conf, "broker_url", broker.url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", broker.url)
    publisher._connection.cache_clear()
    yield broker
    publisher._connection.cache_clear()
    broker.close()


@pytest.fixture
def start_worker(broker: Broker) -> Iterator[Callable[..., Worker]]:
    """Start a worker process on the tests' database: `start_worker(processes=2)`."""
    started: list[Worker] = []

    def start(processes: int = 1, **env: str) -> Worker:
        worker = Worker(broker.url, database_url(), processes, **env)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def alice(broker: Broker) -> Any:
    return get_user_model().objects.create_user("alice", "alice@example.org", "a good password")


def ended(job: Job, worker: Worker) -> Job:
    """The job's row, once the worker has ended it."""
    wait_until(lambda: not Job.objects.get(pk=job.pk).is_active, what=worker.said)
    return Job.objects.get(pk=job.pk)


def database_url() -> str:
    options = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{options['NAME']}"
    user, password, host, port = (options[key] for key in ("USER", "PASSWORD", "HOST", "PORT"))
    port = os.environ.get("TEST_WORKERS_DATABASE_PORT", port)
    return f"postgres://{user}:{password}@{host}:{port}/{options['NAME']}"
