"""A worker's pauses between connections to a broker that lets it stay, or sends it away each time."""

from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker.consumer import Consumer
from kombu import Connection
from kombu.asynchronous.timer import Timer

from task.jobs.engine import consumer, maintenance


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A time that passes only in pauses, and by hand."""
    clock = SimpleNamespace(now=1000.0, slept=0.0)

    def sleep(seconds: float) -> None:
        clock.now += seconds
        clock.slept += seconds

    monkeypatch.setattr(consumer, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep))
    return clock


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("on_ready", "on_connection_error_after_connected"):
        monkeypatch.setattr(Consumer, name, lambda *_: None)
    worker = object.__new__(consumer.PatientConsumer)
    worker.timer = Timer()
    return worker


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    starts: list[str] = []
    monkeypatch.setattr(maintenance, "start", starts.append)
    return starts


def paused(worker: Any, clock: SimpleNamespace) -> float:
    before = clock.slept
    worker.on_connection_error_after_connected(OSError())
    return round(clock.slept - before, 3)


def test_pauses_grow_until_a_connection_holds(worker: Any, clock: SimpleNamespace) -> None:
    assert [paused(worker, clock) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    worker.on_ready()
    clock.now += consumer.HELD + 1
    assert paused(worker, clock) == 1


def test_a_broker_that_lets_nobody_in_is_one_sentence_a_try_and_tries_grow_apart(
    worker: Any, clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    worker.conninfo = Connection("amqp://guest:secret@host:5672//")
    for _ in range(2000):
        worker.on_connection_error_before_connected(OSError("(403) ACCESS_REFUSED"))
    assert clock.slept == pytest.approx(1 + 2 + 4 + 8 + 16 + 30 * 1995)
    assert caplog.messages[0] == (
        "The broker amqp://guest:**@host:5672// lets no worker in: (403) ACCESS_REFUSED Check CELERY_BROKER_URL. "
        "Next try in 1 s."
    )
    worker.on_ready()
    worker.on_connection_error_before_connected(OSError())
    assert caplog.messages[-1].endswith("Next try in 1 s.")


def test_a_stop_ends_a_pause(worker: Any, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise SystemExit

    monkeypatch.setattr(consumer, "maybe_shutdown", stop)
    with pytest.raises(SystemExit):
        worker.on_connection_error_after_connected(OSError())
    assert clock.slept == 0


def test_connections_that_do_not_hold_notify_nobody(worker: Any, clock: SimpleNamespace, starts: list[str]) -> None:
    step = consumer.MaintenanceStep(worker)
    for _ in range(50):
        step.start(worker)
        step.stop(worker)
        worker.on_connection_error_after_connected(OSError())
    assert len(starts) == 2  # the first one, and one after the shortest pause
    step.start(worker)
    entry = step.notification
    assert not entry.cancelled
    entry()
    assert len(starts) == 3
