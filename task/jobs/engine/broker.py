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

from amqp.exceptions import AMQPError
from celery import Celery, current_app, signals
from celery._state import get_current_worker_task
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers
from kombu.serialization import dumps

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
    except (KombuError, AMQPError, OSError) as fault:  # RabbitMQ refuses in an error of its own: a password, a queue
        log.warning("The broker did not take the notification of job %s: %s", job_id, fault)
        return False
    return True


def _send(kind: str, key: str, headers: dict[str, int]) -> None:
    app = current_app._get_current_object()
    with publish(app) as producer:
        prepared = None if headers or _somebody_looks() else _prepared(app, kind, os.getpid())
        if prepared is None:
            _send_task(app, kind, key, producer, headers)
        else:
            with producer.connection._reraise_as_library_errors():
                prepared.send(key, producer)


def _send_task(app: Celery, kind: str, key: str, producer: Any, headers: dict[str, int] | None = None) -> None:
    app.send_task(kind, (key,), task_id=key, producer=producer, retry=False, ignore_result=True, headers=headers or {})


# Of a message only the job's id is new each time. Celery takes longer to make one than the broker to take it, so it
# makes one for each kind and process, and the id is put in.

_PLACEHOLDER = "00000000-0000-0000-0000-000000000000"


def _somebody_looks() -> bool:
    """Whether each message must be Celery's own: a task is its parent, or somebody wants to see it go."""
    return get_current_worker_task() is not None or any(
        signal.receivers for signal in (signals.before_task_publish, signals.after_task_publish, signals.task_sent)
    )


@lru_cache(maxsize=256)
def _prepared(app: Celery, kind: str, pid: int) -> "_Prepared | None":
    """None where a message is not JSON, or events tell of it. The process's id stands in its origin."""
    if app.conf.task_send_sent_event or app.conf.task_protocol != 2:
        return None
    recorder = _Recorder()
    _send_task(app, kind, _PLACEHOLDER, recorder)
    options = recorder.options
    if options["serializer"] != "json" or options["compression"]:
        return None
    return _Prepared(recorder.body, options)


class _Recorder:
    """A producer that keeps what Celery would publish."""

    connection = Connection("memory://")
    body: Any
    options: dict[str, Any]

    def publish(self, body: Any, **options: Any) -> None:
        self.body, self.options = body, options


class _Prepared:
    def __init__(self, body: Any, options: dict[str, Any]) -> None:
        self.content_type, self.content_encoding, self.body = dumps(body, options.pop("serializer"))
        self.headers = options.pop("headers")
        self.options = options
        self.of_id = [name for name, value in self.headers.items() if _PLACEHOLDER in str(value)]

    def send(self, key: str, producer: Any) -> None:
        new = {name: self.headers[name].replace(_PLACEHOLDER, key) for name in self.of_id}
        producer.publish(
            self.body.replace(_PLACEHOLDER, key),
            content_type=self.content_type,
            content_encoding=self.content_encoding,
            headers=self.headers | new,
            **self.options | {"correlation_id": key},
        )
