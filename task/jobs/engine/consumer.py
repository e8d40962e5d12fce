"""How a worker listens to its broker, whatever the broker makes of it.

Celery's own consumer ends the worker when the broker answers with an error (a failover, a full disk), starts again five
times a second where the same refusal comes each time, and sets one limit for all consumers of a channel, which quorum
queues, and RabbitMQ 4, refuse.
"""

import logging
import time
from typing import Any

from celery import bootsteps
from celery.worker.consumer import Consumer
from celery.worker.consumer.tasks import Tasks
from celery.worker.state import maybe_shutdown

from task.jobs.engine import maintenance
from task.jobs.engine.transitions import runner

log = logging.getLogger("desk.worker")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds from a lost connection to the next
HELD = 60.0  # seconds after which a connection counts as a good one


class MaintenanceStep(bootsteps.StartStopStep):
    """Starts with each connection to the broker: then all that waits is notified, since notifications may be lost.

    After a connection that did not hold, this one has to hold as long as the pause before it was: a broker that lets
    nobody stay gets no message for each job each time.
    """

    requires = (Tasks,)
    notification: Any = None

    def start(self, parent: Any) -> None:
        maintenance.listens(True)
        if parent.pause > FIRST_PAUSE:
            self.notification = parent.timer.call_after(parent.pause, maintenance.start, (runner(),))
        else:
            maintenance.start(runner())

    def stop(self, parent: Any) -> None:
        maintenance.listens(False)
        if self.notification is not None:
            self.notification.cancel()


class PatientConsumer(Consumer):
    """Connects again after whatever the broker said, with a pause that doubles until a connection holds."""

    pause = 0.0
    connected_at = 0.0
    refusals = 0  # in a row

    class Blueprint(Consumer.Blueprint):
        default_steps = [*Consumer.Blueprint.default_steps, MaintenanceStep]

    def on_ready(self) -> None:
        super().on_ready()
        self.connected_at = time.monotonic()
        self.refusals = 0

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """A wrong password, or a virtual host that is not there: Celery would try five times a second."""
        pause = min(FIRST_PAUSE * 2 ** min(self.refusals, 10), LONGEST_PAUSE)
        self.refusals += 1
        words = "The broker %s lets no worker in: %s Check CELERY_BROKER_URL. Next try in %g s."
        log.error(words, self.conninfo.as_uri(), str(exc)[:200], pause)
        self.rest(pause)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        super().on_connection_error_after_connected(exc)
        held = self.connected_at and time.monotonic() - self.connected_at > HELD
        self.pause = FIRST_PAUSE if held or not self.pause else min(self.pause * 2, LONGEST_PAUSE)
        self.connected_at = 0.0
        self.rest(self.pause)

    def rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            maybe_shutdown()  # TERM ends the pause
            time.sleep(min(left, 0.2))


def limit_each_consumer() -> None:
    """The limit of unacknowledged messages is each consumer's own: every queue of every RabbitMQ takes that.

    Celery would decide by the queues that the app declares, and a virtual host may make quorum queues of any. It has no
    setting for that, and its other steps name this one by its class.
    """
    Tasks.qos_global = lambda self, c: False
