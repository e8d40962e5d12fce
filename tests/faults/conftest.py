"""A real broker and real workers on the tests' database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth import get_user_model
from django.db import connection

from task.jobs.engine import broker as publisher
from task.jobs.models import Job
from tests.processes import Broker, Worker, wait_until


@pytest.fixture
def broker(transactional_db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    broker = Broker()
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
    return f"postgres://{user}:{password}@{host}:{port}/{options['NAME']}"
