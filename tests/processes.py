"""Real processes for tests: a broker, workers. Each in its own session, ended by its id."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from celerytask.local import valkey_server

ROOT = Path(__file__).resolve().parent.parent
DEADLINE = 60.0  # seconds: other tests may have the machine


def wait_until(true: Callable[[], Any], seconds: float = DEADLINE, every: float = 0.02, what: Any = "") -> Any:
    """Poll until `true()` holds, and return what it returned; fail after `seconds`."""
    until = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = true()
        if found:
            return found
        if time.monotonic() > until:
            told = what() if callable(what) else what
            raise AssertionError(f"It did not come about within {seconds:g} s: {told or true}")
        pause.wait(every)


class Process:
    """A child in its own session; `stop` ends it and all that it started."""

    def __init__(self, command: list[str], env: dict[str, str] | None = None, log: Path | None = None) -> None:
        self.command, self.env = command, {**os.environ, **(env or {})}
        self.log = log or Path(tempfile.mkstemp(prefix="desk-test-log-")[1])
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                self.command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.child.pid

    def signal(self, number: int) -> None:
        """To the process and its whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.child.wait()

    def stop(self, seconds: float = 15) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(seconds)
        self.kill()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class Broker(Process):
    """A private Valkey on a unix socket, as `manage.py up` runs it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="desk-broker-"))
        self.socket = self.folder / "valkey.sock"
        self.url = f"redis+socket://{self.socket}?virtual_host=0"
        command = [
            str(valkey_server()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.folder), "--daemonize", "no", "--save", "", "--appendonly", "yes",
            "--appendfsync", "everysec", "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
        super().__init__(command)
        self.ready()

    def ready(self) -> None:
        from redis import Redis
        from redis.exceptions import RedisError

        def answers() -> bool:
            with contextlib.suppress(RedisError), Redis(unix_socket_path=str(self.socket)) as line:
                return bool(line.ping())
            return False

        wait_until(answers, what="the broker")

    def start_again(self) -> None:
        self.start()
        self.ready()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Worker(Process):
    """A Celery worker on the tests' own database."""

    def __init__(self, broker_url: str, database_url: str, processes: int = 1, **env: str) -> None:
        command = [
            sys.executable, "-m", "celery", "-A", "celerytask", "worker", "-c", str(processes), "-l", "INFO",
            "--without-gossip", "--without-mingle", "-n", f"w{os.urandom(4).hex()}@tests",
        ]  # fmt: skip
        own = {
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
            "TEST_BROKER_URL": broker_url,
            "TEST_RUN_DATABASE_URL": database_url,
            **env,
        }
        super().__init__(command, own)

    def pool(self) -> list[int]:
        """The process ids of its pool."""
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True)
        return [int(line) for line in found.stdout.split()]

    def signal_pool(self, number: int) -> None:
        pids = self.pool()
        for pid in pids:
            os.kill(pid, number)
        if number == signal.SIGKILL:
            wait_until(lambda: not set(pids) & set(self.pool()), what="the end of the pool")


@contextlib.contextmanager
def running(*processes: Process) -> Iterator[None]:
    try:
        yield
    finally:
        for process in reversed(processes):
            process.kill()
