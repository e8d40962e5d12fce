"""Publishing: the one message that wakes a worker, `(job_id,)` under the kind's name.

It may get lost; maintenance publishes it again. Nothing here knows what a job is.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from celery import Celery, current_app
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers

from task.jobs.conf import conf

log = logging.getLogger("desk.broker")
BOUNCES = "desk_bounces"  # a message's header: how many workers that did not know its kind had it


@lru_cache(maxsize=1)
def _connection(app: Celery, pid: int) -> Connection:
    # Celery's own limits hang a form for more than 25 s when the broker hangs. With ours: 2 ms when it refuses, 0.5 s
    # when it hangs, and the first message after its restart still arrives.
    scheme = str(app.conf.broker_write_url or "").partition(":")[0]
    if scheme.startswith(("redis", "valkey", "sentinel")):
        limits: dict[str, Any] = {
            "socket_connect_timeout": conf.CONNECT_SECONDS,
            "socket_timeout": conf.ANSWER_SECONDS,
        }
    else:
        limits = {
            "confirm_publish": True,
            "read_timeout": conf.ANSWER_SECONDS,
            "write_timeout": conf.ANSWER_SECONDS,
        }
    # One more try at once finds a broker that was started again; kombu would pause for 2 s before it.
    limits |= {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    line: Connection = app.connection_for_write(transport_options=limits, connect_timeout=conf.CONNECT_SECONDS)
    return line


@contextmanager
def publish(app: Celery) -> Iterator[Any]:
    """A producer with short limits. The process's id is part of the key, so that no fork shares a socket."""
    connection = _connection(app, os.getpid())
    with producers[connection].acquire(block=True, timeout=1) as producer:
        yield producer


def notify(kind: str, job_id: UUID | str, bounces: int = 0) -> bool:
    """Wake a worker for this job; False when the broker can't be reached (the job is safe in its row).

    `bounces`: how many workers that did not know its kind have had the message.
    """
    headers = {BOUNCES: bounces} if bounces else {}
    try:
        _send(kind, str(job_id), headers)
    except (KombuError, OSError) as fault:
        log.warning("The broker did not take the notification of job %s: %s", job_id, fault)
        return False
    return True


def _send(kind: str, key: str, headers: dict[str, int]) -> None:
    app = current_app._get_current_object()
    with publish(app) as producer:
        app.send_task(kind, (key,), task_id=key, producer=producer, retry=False, ignore_result=True, headers=headers)
