"""The desk as deploy/ and the Procfile lay it out: nginx with TLS, two web processes, a worker, beat, in one folder."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
import pytest

from tests.desk import free_port
from tests.processes import ROOT, Process, wait_until
from tests.services_needed import postgres_url, redis_url


def installed(program: str) -> str:
    """Its path. Without it a test is skipped, and fails with CI=true."""
    if found := shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{program} is not installed, and with CI=true nothing is skipped.", pytrace=False)
    pytest.skip(f"{program} is not installed")


def certificate(folder: Path) -> None:
    """An authority of our own, and what it has signed for localhost: tls.crt, tls.key and authority.crt."""
    openssl = installed("openssl")
    (folder / "names").write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    usage = ["-addext", "keyUsage=critical,keyCertSign", "-subj", "/CN=tests"]
    for command in (
        ["req", "-x509", *key, *usage, "-days", "1", "-keyout", "authority.key", "-out", "authority.crt"],
        ["req", *key, "-subj", "/CN=localhost", "-keyout", "tls.key", "-out", "request"],
        [
            "x509", "-req", "-in", "request", "-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial",
            "-days", "1", "-extfile", "names", "-out", "tls.crt",
        ],
    ):  # fmt: skip
        subprocess.run([openssl, *command], cwd=folder, check=True, capture_output=True)


def write_nginx(folder: Path, web: str, http: str, https: str) -> list[str]:
    """deploy/nginx.conf with its names filled in, and the command that runs it."""
    names = {
        "DESK_HOST": "localhost", "DESK_WEB": web, "DESK_FLOWER": "127.0.0.1:9", "DESK_RESOLVER": "127.0.0.1",
        "DESK_HTTP": http, "DESK_HTTPS": https, "DESK_VAR": str(folder / "var"),
        "DESK_BACKUPS": str(folder / "var/backups"), "DESK_TLS": str(folder),
    }  # fmt: skip
    text = (ROOT / "deploy/nginx.conf").read_text()
    (folder / "desk.conf").write_text(re.sub(r"\$\{(DESK_[A-Z]+)\}", lambda name: names[name[1]], text))
    main = (ROOT / "deploy/nginx-main.conf").read_text().replace("/tmp/", f"{folder}/")
    (folder / "main.conf").write_text(main.replace("/dev/stdout", f"{folder}/access.log"))
    user = "user root;" if os.getuid() == 0 else ""
    return [installed("nginx"), "-e", "stderr", "-c", f"{folder}/main.conf", "-g", f"daemon off; {user}"]


class Listening(Process):
    """A web process that is given its socket, as by systemd's desk-web@.socket."""

    def __init__(self, command: list[str], listener: socket.socket) -> None:
        self.listener = listener
        told = 'shift 2; exec env -i LISTEN_FDS=1 LISTEN_PID=$$ "$@"'
        super().__init__(["sh", "-c", told, "sh", *command])

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                pass_fds=(3,), preexec_fn=lambda: os.dup2(self.listener.fileno(), 3),
            )  # fmt: skip


class Place:
    def __init__(self, folder: Path, database: str, **environment: str) -> None:
        self.folder = folder
        self.listeners = [socket.create_server(("127.0.0.1", 0), backlog=2048) for _ in range(2)]
        self.ports = [listener.getsockname()[1] for listener in self.listeners]
        self.http, self.https = free_port(), free_port()
        self.url = f"https://localhost:{self.https}"
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "VAR_DIR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "tests.deploy.settings",
            "SECRET_KEY": uuid4().hex * 2,
            "ALLOWED_HOSTS": "localhost",
            "SITE_URL": self.url,
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": redis_url().rpartition("/")[0] + "/9",
            "TRUSTED_PROXIES": "1",
            "X_ACCEL_REDIRECT": "on",
            "WORKERS": "1",
            "WEB_CONCURRENCY": "1",
            **environment,
        }
        self.processes: list[Process] = []

    def run(self, name: str, *arguments: str, **more: str) -> Process:
        """A line of the Procfile, with this environment and nothing else."""
        return self.keep(Process(self.command(name, *arguments, **more)))

    def command(self, name: str, *arguments: str, **more: str) -> list[str]:
        environment = [f"{key}={value}" for key, value in {**self.environment, **more}.items()]
        return ["env", "-i", *environment, str(ROOT / "bin/process"), name, *arguments]

    def keep(self, process: Process) -> Process:
        self.processes.append(process)
        return process

    def web(self, number: int) -> Process:
        return self.keep(Listening(self.command("web", PORT=str(self.ports[number])), self.listeners[number]))

    def listens(self, web: Process) -> None:
        wait_until(lambda: "Booting worker" in web.said(), what=web.said)

    def worker(self, name: str) -> Process:
        return self.run("worker", "--hostname", f"{name}@localhost")

    def works(self, worker: Process) -> None:
        wait_until(lambda: " ready." in worker.said(), what=worker.said)

    def start(self) -> None:
        certificate(self.folder)
        release = self.run("release")
        assert release.child.wait(120) == 0, release.said()
        for folder in ("media", "backups"):
            (self.folder / "var" / folder).mkdir(exist_ok=True)
        command = write_nginx(self.folder, "desk_web", f"127.0.0.1:{self.http}", f"127.0.0.1:{self.https}")
        upstream = (ROOT / "deploy/upstream.conf").read_text()
        for written, port in zip(("8000", "8001"), self.ports, strict=True):
            upstream = upstream.replace(f":{written} ", f":{port} ")
        with (self.folder / "desk.conf").open("a") as file:
            file.write(upstream)
        proxy = self.keep(Process(command))
        self.webs = [self.web(number) for number in range(len(self.ports))]
        self.first_worker = self.worker("one")
        self.run("beat")
        for web in self.webs:
            self.listens(web)
        self.works(self.first_worker)
        wait_until(lambda: answers(f"http://127.0.0.1:{self.http}/healthz"), what=proxy.said)

    def stop(self) -> None:
        for process in self.processes:
            if process.child.poll() is None:
                process.child.terminate()
        for process in self.processes:
            process.stop(10)

    def browser(self) -> httpx2.Client:
        trusted = ssl.create_default_context(cafile=str(self.folder / "authority.crt"))
        headers = {"Origin": self.url}
        return httpx2.Client(base_url=self.url, verify=trusted, headers=headers, timeout=30, trust_env=False)

    def said(self) -> str:
        return "\n".join(process.said() for process in self.processes)[-8000:]


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


@contextmanager
def laid_out(folder: Path, **environment: str) -> Iterator[Place]:
    installed("nginx")
    server, name = postgres_url(), f"desk_deploy_{uuid4().hex[:12]}"
    with ExitStack() as stack:
        line = stack.enter_context(psycopg.connect(server, autocommit=True))
        line.execute(f"CREATE DATABASE {name}")
        stack.callback(line.execute, f"DROP DATABASE {name} WITH (FORCE)")
        place = Place(folder, f"{server.rpartition('/')[0]}/{name}", **environment)
        stack.callback(place.stop)
        place.start()
        yield place
