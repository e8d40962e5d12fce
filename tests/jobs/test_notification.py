"""A notification is put together from one that Celery made: nobody can tell it from Celery's own."""

import json
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app, signals
from kombu.serialization import dumps

from task.jobs.engine import broker
from tests.workbench import tasks

KIND = tasks.do_nothing.name


class Recorder:
    """A producer that keeps the message as a broker would get it."""

    connection = broker._Recorder.connection

    def publish(self, body: Any, **options: Any) -> None:
        if serializer := options.pop("serializer", None):
            options["content_type"], options["content_encoding"], body = dumps(body, serializer)
        self.message = {**options, "body": json.loads(body)}


def published(send) -> dict[str, Any]:
    producer = Recorder()
    send(producer)
    return producer.message


@pytest.fixture
def app():
    return current_app._get_current_object()


def test_a_prepared_notification_is_what_celery_would_send(app):
    key, pid = str(uuid4()), 1
    prepared = broker._prepared(app, KIND, pid)
    assert prepared is not None
    ours = published(lambda producer: prepared.send(key, producer))
    theirs = published(lambda producer: broker._send_task(app, KIND, key, producer))
    assert ours == theirs
    assert ours["body"][0] == [key]
    assert ours["headers"]["id"] == ours["headers"]["root_id"] == ours["correlation_id"] == key
    again = published(lambda producer: prepared.send(str(uuid4()), producer))
    assert key not in str(again)


def test_who_wants_to_see_each_message_sees_it():
    assert not broker._somebody_looks()

    def look(**_: Any) -> None: ...

    signals.before_task_publish.connect(look)
    try:
        assert broker._somebody_looks()
    finally:
        signals.before_task_publish.disconnect(look)


def test_a_message_in_another_format_is_left_to_celery(app, monkeypatch):
    def publish(self: Any, body: Any, **options: Any) -> None:
        self.body, self.options = body, {**options, "serializer": "pickle"}

    monkeypatch.setattr(broker._Recorder, "publish", publish)
    assert broker._prepared(app, KIND, 2) is None
