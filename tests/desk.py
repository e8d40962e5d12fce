"""A real desk for tests: `manage.py up` with all its processes, on a free port, in a folder of its own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.processes import ROOT, wait_until

KINDS = {
    "broker": "valkey-server",
    "web": "-m celerytask.web",
    "beat": "-m celery .* beat ",
    "worker": "-m celery .* worker ",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


# What a first start takes long for, done before it
PREPARED = """
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
from celerytask.management.commands.up import collect_static
call_command("migrate", verbosity=0)
collect_static(settings.VAR_DIR / "static.stamp", str)
"""


@cache
def prepared() -> Path:
    """The folder of a desk of this code with its tables and its static files, made once a machine."""
    written = [*ROOT.glob("task/*/migrations/*.py"), *ROOT.glob("static/**/*"), ROOT / "requirements.txt"]
    mark = sha256(str(ROOT).encode())
    for path in sorted(written):
        mark.update(f"{path}|{path.stat().st_mtime_ns}\n".encode())
    made = Path(tempfile.gettempdir()) / f"desk-prepared-{os.getuid()}-{mark.hexdigest()[:16]}"
    if not made.exists():
        with tempfile.TemporaryDirectory(dir=made.parent) as folder:
            own = {"VAR_DIR": folder, "LOCAL": "1", "DJANGO_SETTINGS_MODULE": "celerytask.settings"}
            environment = {"PATH": os.environ["PATH"], **own}
            subprocess.run([sys.executable, "-c", PREPARED], cwd=ROOT, env=environment, check=True)
            with contextlib.suppress(OSError):  # another lane was first
                os.rename(shutil.copytree(folder, f"{folder}-made"), made)
    return made


class Desk:
    def __init__(self, folder: Path, **environment: str) -> None:
        self.var_dir = folder / "var"
        self.log = folder / "up.log"
        self.port = free_port()
        # Not the tests' own settings: what a person has who types the command.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        own = {"VAR_DIR": str(self.var_dir), "PORT": str(self.port), "COVERS_URL": "http://127.0.0.1:9"}
        self.environment = {**kept, **own, **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, terminal: int | None = None) -> "Desk":
        """Starts it; with `terminal` (the slave of a pty) as the first process on a terminal of its own."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log if terminal is None else terminal,
                stderr=subprocess.STDOUT,
                start_new_session=terminal is None,
                preexec_fn=None if terminal is None else lambda: os.login_tty(terminal),
            )
        return self

    def prepared(self) -> "Desk":
        """Before its first start, where that is not what a test is about: with tables and static files."""
        shutil.copytree(prepared(), self.var_dir, dirs_exist_ok=True)
        return self

    def refusal(self, **environment: str) -> tuple[int, str]:
        """The exit code and the words of a start that is refused."""
        done = subprocess.run(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read()
        except OSError:
            return 0, b""

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"It ended with code {self.process.returncode}:\n{self.words()}"
        return self.get("/readyz")[0] == 200

    def wait_ready(self, seconds: float = 120.0) -> "Desk":
        wait_until(self.is_ready, seconds)
        return self

    def words(self) -> str:
        return self.log.read_text(errors="replace")

    def processes(self) -> dict[int, str]:
        """Every living process that has this desk's folder in its environment, also one that lost its parent."""
        mark = f"VAR_DIR={self.var_dir}"
        return {
            pid: command
            for pid, command, environment in processes_of_all()
            if mark in environment or str(self.var_dir) in command
        }

    def main_process(self, kind: str) -> int | None:
        """The pid of one program's main process: the one that leads its session."""
        for pid, command in self.processes().items():
            if re.search(KINDS[kind], command) and is_leader(pid):
                return pid
        return None

    def send(self, sign: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(sign)

    def stop(self) -> None:
        """As a person does, who waits until it has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(40)
        self.end()

    def end(self) -> None:
        """At once, with whatever a failed test left behind."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        wait_until(self.are_killed)

    def are_killed(self) -> bool:
        """Whether no process of its is left; those that were are killed."""
        left = self.processes()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left


def is_leader(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def processes_of_all() -> Iterable[tuple[int, str, str]]:
    """(pid, command, environment) of the living processes that we may look into."""
    if not Path("/proc/self/environ").exists():
        listing = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True).stdout
        for line in listing.splitlines():
            pid, _, both = line.strip().partition(" ")
            yield int(pid), both, both
        return
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            except OSError:
                continue
            yield int(folder.name), command.replace(b"\0", b" ").decode(), environment.decode(errors="replace")
