"""How each fault of the plan is done to a desk, and undone."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from task.jobs.engine.broker import notify
from task.jobs.models import Job
from tests.desk import Desk
from tests.storm.host import fill, set_clock
from tests.storm.lines import Line
from tests.storm.plan import Fault

Undo = Callable[[], None]


@dataclass
class Doer:
    desk: Desk
    database: str = ""  # PostgreSQL itself; "" for the embedded SQLite
    to_database: Line | None = None
    to_broker: Line | None = None
    purge: Callable[[], None] | None = None  # empties the queue where the broker is no Valkey
    disk: Path | None = None  # a folder on the small disk
    clock: Path | None = None  # says how wrong the host's clock is
    missed: list[str] = field(default_factory=list)

    def do(self, fault: Fault) -> None:
        """Do it, and undo it when its time is over."""
        method = getattr(self, fault.name.replace(" ", "_").replace("-", "_"))
        try:
            undo: Undo | None = method(fault.pick)
        except (ProcessLookupError, IndexError, OSError, sqlite3.Error, psycopg.Error) as reason:
            self.missed.append(f"{fault.name}: {type(reason).__name__} {reason}")  # it is not there
            return
        if undo:
            timer = threading.Timer(fault.lasts, undo)
            timer.start()
            self.timers.append(timer)

    def __post_init__(self) -> None:
        self.timers: list[threading.Timer] = []

    def wait_for_undoing(self) -> None:
        for timer in self.timers:
            timer.join()

    # Processes

    def main(self, kind: str) -> int:
        pid = self.desk.main_process(kind)
        if pid is None:
            raise ProcessLookupError(kind)
        return pid

    def child(self, kind: str, pick: int) -> int:
        listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.main(kind))], capture_output=True, text=True)
        pids = [int(line) for line in listing.stdout.split()]
        return pids[pick % len(pids)] if pids else self.main(kind)

    def kill_a_pool_process(self, pick: int) -> None:
        os.kill(self.child("worker", pick), signal.SIGKILL)

    def kill_the_worker(self, pick: int) -> None:
        os.kill(self.main("worker"), signal.SIGKILL)

    def kill_the_web_process(self, pick: int) -> None:
        os.kill(self.main("web"), signal.SIGKILL)

    def kill_a_process_that_answers_requests(self, pick: int) -> None:
        os.kill(self.child("web", pick), signal.SIGKILL)

    def kill_beat(self, pick: int) -> None:
        os.kill(self.main("beat"), signal.SIGKILL)

    def kill_the_broker(self, pick: int) -> None:
        os.kill(self.main("broker"), signal.SIGKILL)

    def stop_a_pool_process_past_its_lease(self, pick: int) -> Undo:
        return self._stop([self.child("worker", pick)])

    def stop_the_worker_past_its_lease(self, pick: int) -> Undo:
        group = self.main("worker")
        listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(group)], capture_output=True, text=True)
        return self._stop([group, *map(int, listing.stdout.split())])

    def _stop(self, pids: list[int]) -> Undo:
        def go_on() -> None:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        return go_on

    def restart_everything(self, pick: int) -> None:
        """By a kill of the process that looks after all others; they die with it."""
        assert self.desk.process is not None
        self.desk.process.kill()
        self.desk.process.wait()
        self.desk.start("--stop-with-parent")

    # The host

    def fill_the_disk(self, pick: int) -> Undo:
        if self.disk is None:
            raise OSError("it has no disk of its own")
        return fill(self.disk).unlink

    def put_the_clock_a_minute_ahead(self, pick: int) -> Undo:
        return self._put_clock(60)

    def put_the_clock_a_minute_back(self, pick: int) -> Undo:
        return self._put_clock(-60)

    def _put_clock(self, seconds: int) -> Undo:
        assert self.clock is not None
        set_clock(self.clock, seconds)
        return partial(set_clock, self.clock, 0)

    # Messages

    def double_the_messages(self, pick: int) -> None:
        connection.close()  # its session may have been ended
        for job in list(Job.objects.active()[:200]):
            for _ in range(2):
                notify(job.kind, job.pk)

    def lose_the_messages(self, pick: int) -> None:
        if self.purge:
            self.purge()
        else:
            with valkey() as line:
                line.flushall()

    def fill_the_broker(self, pick: int) -> Undo:
        with valkey() as line:
            line.config_set("maxmemory", "1")

        def empty() -> None:
            with suppress(OSError), valkey() as line:
                line.config_set("maxmemory", "0")

        return empty

    # The database

    def lock_the_database(self, pick: int) -> Undo:
        line = sqlite3.connect(self.desk.var_dir / "desk.sqlite3", timeout=30, check_same_thread=False)
        line.execute("BEGIN IMMEDIATE")
        return line.close

    def end_all_sessions_of_the_database(self, pick: int) -> None:
        with self._server() as line:
            line.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def make_the_database_read_only(self, pick: int) -> Undo:
        name = self.database.rpartition("/")[2].partition("?")[0]

        def set_to(value: str) -> None:
            with self._server() as line:
                line.execute("SET default_transaction_read_only = off")
                line.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
            self.end_all_sessions_of_the_database(0)

        set_to("on")
        return lambda: set_to("off")

    @contextmanager
    def _server(self) -> Iterator[Any]:
        with psycopg.connect(self.database, autocommit=True) as line:
            yield line

    # Lines

    def _cut(self, line: Line | None) -> Undo:
        assert line is not None
        line.cut()
        return line.mend

    def _silence(self, line: Line | None) -> Undo:
        assert line is not None
        line.silence()
        return line.mend

    def cut_the_line_to_the_database(self, pick: int) -> Undo:
        return self._cut(self.to_database)

    def cut_the_line_to_the_broker(self, pick: int) -> Undo:
        return self._cut(self.to_broker)

    def silence_the_line_to_the_database(self, pick: int) -> Undo:
        return self._silence(self.to_database)

    def silence_the_line_to_the_broker(self, pick: int) -> Undo:
        return self._silence(self.to_broker)


@contextmanager
def valkey() -> Iterator[Any]:
    """The desk's own broker. Raises OSError when it is away."""
    with Redis(unix_socket_path=str(settings.BROKER_SOCKET)) as line:
        try:
            yield line
        except RedisError as reason:
            raise OSError(str(reason)) from reason
