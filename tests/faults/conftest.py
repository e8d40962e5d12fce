"""A real broker and real workers on the tests' database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app
from django.db import connection

from task.jobs import bell
from tests.processes import Broker, Worker


@pytest.fixture
def broker(transactional_db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    broker = Broker()
    monkeypatch.setattr(current_app.conf, "broker_url", broker.url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", broker.url)
    bell._connection.cache_clear()
    yield broker
    bell._connection.cache_clear()
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


def database_url() -> str:
    options = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{options['NAME']}"
    user, password, host, port = (options[key] for key in ("USER", "PASSWORD", "HOST", "PORT"))
    return f"postgres://{user}:{password}@{host}:{port}/{options['NAME']}"
