"""Whether the desk can do its work: each part is tried, and what does not work is told in words.

Tried at most once in a while in each process, however many ask.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from kombu.entity import Queue
from kombu.messaging import Producer

from task.jobs.conf import conf
from task.jobs.engine.clock import Now
from task.jobs.engine.registry import KINDS
from task.jobs.models import Job, Worker

log = logging.getLogger("desk.ready")
QUIET = timedelta(seconds=60)  # so long a job may wait while no worker does anything
LEAST_ROOM = 50_000_000  # bytes
QUEUE = "desk.readiness"  # of test messages, which nobody reads and which expire
EXPIRES = 10  # seconds
WORDS = 200  # characters of what a server said
Limits = dict[str, Any]


class Problem(Exception):
    """A part that does not work, in a sentence for staff."""


def database() -> None:
    """A row can be written; it is rolled back."""
    with transaction.atomic():
        Worker.objects.create(name=f"readiness of {uuid4()}", seen=Now() - timedelta(days=1))
        transaction.set_rollback(True)


def disk() -> None:
    """A full disk still takes a row that is rolled back."""
    folders = [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    for folder in folders:
        there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
        if there and shutil.disk_usage(there).free < LEAST_ROOM:
            raise Problem(f"The disk of {there} is full.")


_migrated = False


def migrations() -> None:
    """All are there. Asked until they are: the code of a process does not change."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
            first = missing[0][0]
            more = f" and {len(missing) - 1} more" if missing[1:] else ""
            raise Problem(f"Run manage.py migrate: the database lacks {first.app_label}.{first.name}{more}.")
        _migrated = True


def broker() -> None:
    """It takes a message, by one attempt of the transport: the connection around it would pause for 2 s and try again.

    One that is full lets everybody connect. On Redis the message is a key that expires, since lists don't.
    """
    is_amqp = str(current_app.conf.broker_write_url).startswith(("amqp", "pyamqp"))
    limits: Limits = {"socket_connect_timeout": conf.CONNECT_SECONDS, "socket_timeout": conf.ANSWER_SECONDS}
    if is_amqp:
        limits = {"read_timeout": conf.ANSWER_SECONDS, "write_timeout": conf.ANSWER_SECONDS, "confirm_publish": True}
    with current_app.connection_for_write(transport_options=limits, connect_timeout=conf.CONNECT_SECONDS) as line:
        transport = line.transport
        opened = transport.establish_connection()
        try:
            channel = transport.create_channel(opened)
            if is_amqp:
                queue = Queue(QUEUE, exchange="", durable=True, expires=60, message_ttl=EXPIRES)
                queue.bind(channel).queue_declare()
                producer = Producer(channel, auto_declare=False)
                producer.publish("", exchange="", routing_key=QUEUE, delivery_mode=1, expiration=EXPIRES)
            elif hasattr(channel, "client"):
                channel.client.set(QUEUE, "", ex=EXPIRES)
        finally:
            transport.close_connection(opened)


def worker() -> None:
    """One lives and listens to the broker, and where a job waits for long one does something."""
    living = list(Worker.objects.living().values_list("listens", flat=True))
    if not living:
        raise Problem("No worker is running.")
    if not any(living):
        raise Problem("No worker listens to the broker. Their logs say why.")
    since = Now() - QUIET
    waiting = Job.objects.due().of_kinds(KINDS).filter(notified_at__lt=since)
    at_work = Job.objects.running().filter(lease_until__gt=since + timedelta(seconds=conf.LEASE_SECONDS))
    if waiting.exists() and not at_work.exists() and not Job.objects.filter(finished__gt=since).exists():
        raise Problem("Jobs wait, and no worker has done anything for a minute.")


PARTS: dict[str, Callable[[], None]] = {
    "database": database,
    "disk": disk,
    "migrations": migrations,
    "broker": broker,
    "worker": worker,
}
SILENT = {  # what is told where a driver raised an error of its own
    "database": "The database takes no row",
    "disk": "The disk can't be read",
    "migrations": "The database does not tell its migrations",
    "broker": "The broker takes no message",
    "worker": "The database does not tell its workers",
}


def try_all() -> dict[str, str]:
    """What does not work: its name, and why."""
    found = {}
    for name, check in PARTS.items():
        if "database" in found and name in ("migrations", "worker"):
            continue  # they would only wait for it again
        try:
            check()
        except Problem as problem:
            found[name] = str(problem)
        except Exception as fault:  # whatever a driver raises
            said = (str(fault).strip() or type(fault).__name__).splitlines()[0][:WORDS].rstrip(".")
            found[name] = f"{SILENT[name]}: {said}."
    return found


class Readiness:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: dict[str, str] = {}
        self.until = 0.0
        self.is_local = bool(getattr(settings, "LOCAL", False))  # its start waits, and says so itself
        self.is_told = not self.is_local

    def problems(self) -> dict[str, str]:
        with self.lock:
            if time.monotonic() >= self.until:
                before, self.found = self.found, try_all()
                self.until = time.monotonic() + (0.2 if self.is_local else 5.0)
                if self.is_told and self.found.keys() != before.keys():
                    tell(self.found)
                self.is_told = self.is_told or not self.found
            return self.found


def tell(found: dict[str, str]) -> None:
    if found:
        log.warning("Not ready. %s", " ".join(found.values()))
    else:
        log.info("Ready again")


readiness = Readiness()


def problems_for_staff() -> list[str]:
    return list(readiness.problems().values())
