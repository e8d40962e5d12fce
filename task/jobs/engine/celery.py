"""What the engine adds to Celery's worker: maintenance, and what happens when a process of it dies or it must stop."""

import logging
import os
import signal
import threading
from contextlib import suppress
from typing import Any

from billiard.exceptions import WorkerLostError
from celery import signals
from celery.concurrency import get_implementation, prefork
from celery.worker import state as of_celery

from task.jobs.conf import conf
from task.jobs.engine import executor, maintenance
from task.jobs.engine.broker import BOUNCES
from task.jobs.engine.consumer import PatientConsumer, limit_each_consumer
from task.jobs.engine.declare import JobTask
from task.kit.processes import die_with_parent

log = logging.getLogger("desk.worker")


@signals.celeryd_init.connect
def _prepare(conf: Any, options: dict[str, Any], **_: Any) -> None:
    refuse_other_pools(conf, options)
    limit_each_consumer()
    conf.worker_consumer = PatientConsumer
    conf.broker_channel_error_retry = True  # an error that the broker answers with is no end


def refuse_other_pools(conf: Any, options: dict[str, Any]) -> None:
    """End a worker whose pool is not of forked processes, with a sentence.

    A job that hangs is ended by killing its process, and a stop is told to all of them through shared memory: with
    threads, greenlets or `solo` that kill takes the whole worker along, and a spawned process never hears of the stop.
    """
    given = options.get("pool") or options.get("pool_cls") or conf.worker_pool
    try:
        pool = get_implementation(given)
    except ImportError:  # of a library that is not installed
        pool = None
    if not (isinstance(pool, type) and issubclass(pool, prefork.TaskPool)):
        name = given if isinstance(given, str) else given.__module__.rpartition(".")[2]
        raise SystemExit(
            f"This worker was not started: its pool is “{name}”, and a job needs a process that can be killed without "
            "the others. Start it with --pool prefork."
        )
    if (options.get("pool_start_method") or conf.worker_pool_start_method) != "fork":
        raise SystemExit(
            "This worker was not started: its processes would be spawned, and not hear that it stops. Set "
            "worker_pool_start_method to “fork”."
        )


@signals.worker_process_init.connect
def _die_with_parent(**_: Any) -> None:
    """A pool process ends when the worker's main process dies in any way, SIGKILL too.

    TERM and QUIT to the whole group (Heroku, foreman, systemd) reach it too: it leaves them to the main process, at
    whose word the job at hand yields its turn.
    """
    die_with_parent()
    for each in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(each, signal.SIG_IGN)


@signals.task_failure.connect
def _notice_a_dead_process(task_id: str, exception: BaseException, **_: Any) -> None:
    """The main process sees at once that a process of its pool died: its job need not wait until its lease runs out."""
    if isinstance(exception, WorkerLostError):
        maintenance.orphaned(task_id)


@signals.task_unknown.connect
def _pass_it_on(id: str, message: Any, **_: Any) -> None:
    """Celery drops a message under a name that it does not know; during an upgrade other workers know it."""
    bounces = message.headers.get(BOUNCES)
    maintenance.not_known_here(str(id), bounces if isinstance(bounces, int) else 0)


@signals.worker_ready.connect
def _take_quit_for_term(**_: Any) -> None:
    """Celery waits for the job at hand before it says that the worker stops, and no job would hear of it."""
    signal.signal(signal.SIGQUIT, signal.getsignal(signal.SIGTERM))


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """Each job yields its turn at its next step; one that does not within 8 s is killed: its lease sees to the rest."""
    executor.stop_soon()
    maintenance.stop()
    threading.Thread(target=_end_soon, daemon=True).start()


def _end_soon() -> None:
    """Kill the processes that run a job, leave those that run any other task, and end when these are done."""
    pause = threading.Event()
    pause.wait(conf.STOP_SECONDS)
    while others := _kill_jobs():
        log.info("The worker stops once its other tasks are done: %d.", others)
        pause.wait(1)
    pause.wait(1)  # what Celery itself has still to say to the broker
    os._exit(0)


def _kill_jobs() -> int:
    """Kill what runs a job, and return how many other tasks are at work."""
    others = 0
    for request in _at_work():
        if not isinstance(request.task, JobTask):
            others += 1
        elif request.worker_pid and request.worker_pid != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(request.worker_pid, signal.SIGKILL)
    return others


def _at_work() -> list[Any]:
    while True:
        try:
            return list(of_celery.active_requests)
        except RuntimeError:  # Celery's own thread changed it meanwhile
            continue
