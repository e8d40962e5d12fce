"""Ringing: the one message that wakes a worker. It may get lost; the sweep rings again."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from celery import Celery
from kombu import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers

from task.jobs.engine.registry import KINDS
from task.jobs.models import Job

log = logging.getLogger("desk.bell")

# Celery's own limits hang a form for more than 25 s when the broker hangs. With these: 2 ms when it refuses, 0.5 s
# when it hangs, and the first ring after its restart still arrives.
CONNECT_SECONDS, ANSWER_SECONDS = 0.3, 0.5


@lru_cache(maxsize=1)
def _connection(app: Celery, pid: int) -> Connection:
    scheme = str(app.conf.broker_write_url or "").partition(":")[0]
    if scheme.startswith(("redis", "valkey", "sentinel")):
        limits: dict[str, Any] = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS}
    else:
        limits = {"confirm_publish": True, "read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}
    # One more try at once finds a broker that was started again; kombu would pause for 2 s before it.
    limits |= {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    return app.connection_for_write(transport_options=limits, connect_timeout=CONNECT_SECONDS)


@contextmanager
def producer(app: Celery) -> Iterator[Any]:
    """A publisher with short limits. The process's id is part of the key, so that no fork shares a socket."""
    connection = _connection(app, os.getpid())
    with producers[connection].acquire(block=True, timeout=1) as door:
        yield door


def ring(job: Job) -> bool:
    """Wake a worker for this job; False when the broker can't be reached (the job is safe in its row)."""
    kind = KINDS.get(job.kind)
    if kind is None:
        return False
    try:
        kind.task.delay(str(job.pk))
    except (KombuError, OSError) as fault:
        log.warning("The broker did not take the ring for job %s: %s", job.pk, fault)
        return False
    return True
