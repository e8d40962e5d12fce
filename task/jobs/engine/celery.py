"""What the engine adds to Celery's worker: maintenance, and what happens when a process of it dies or it must stop."""

import ctypes
import os
import signal
import sys
import threading
from typing import Any

from billiard.exceptions import WorkerLostError
from billiard.process import active_children
from celery import bootsteps, signals

from task.jobs.conf import conf
from task.jobs.engine import executor, maintenance
from task.jobs.engine.transitions import runner


class MaintenanceStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts with each connection to the broker: then all that waits is notified, since notifications may be lost."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def start(self, parent: Any) -> None:
        maintenance.start(runner())


@signals.celeryd_init.connect
def _add_maintenance(instance: Any, **_: Any) -> None:
    instance.app.steps["consumer"].add(MaintenanceStep)


@signals.worker_process_init.connect
def _die_with_parent(**_: Any) -> None:
    """A pool process ends when the worker's main process dies in any way, SIGKILL too (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@signals.task_failure.connect
def _notice_a_dead_process(task_id: str, exception: BaseException, **_: Any) -> None:
    """The main process sees at once that a process of its pool died: its job need not wait until its lease runs out."""
    if isinstance(exception, WorkerLostError):
        maintenance.orphaned(task_id)


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """Each job yields its turn at its next step; what does not within 8 s is killed, and its lease sees to the rest."""
    executor.stop_soon()
    maintenance.stop()
    threading.Thread(target=_end_soon, daemon=True).start()


def _end_soon() -> None:
    threading.Event().wait(conf.STOP_SECONDS)
    for child in active_children():
        os.kill(child.pid, signal.SIGKILL)
    os._exit(0)
