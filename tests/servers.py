"""PostgreSQL, PgBouncer, Redis with sentinels, and RabbitMQ, each of its own: in a temporary folder, on free ports.

    python3 -m tests.servers make test    # beside a PostgreSQL, a Redis and a RabbitMQ; TEST_… name them

Needs nothing but Python and the programs, which are looked for in PATH and where Debian's packages put them. They end
with the process that started them.
"""

import contextlib
import glob
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

STARTS_WITHIN = 60.0  # seconds


class Missing(Exception):
    """A program that is not installed; its text says what to install."""


def program(name: str, package: str, *where: str) -> str:
    for pattern in where:  # the newest
        if found := sorted(glob.glob(pattern)):
            return found[-1]
    if path := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return path
    raise Missing(f"{name} is not installed. On Debian:  apt-get install {package}")


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


class Server:
    """One program, which `start` waits for. `stop` and `start` again is a restart: what it keeps is kept."""

    name = ""
    stops_by = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"{self.name}-{secrets.token_hex(3)}"
        self.folder.mkdir(mode=0o711)
        self.log = self.folder / "log"
        (self.port,) = free_ports(1)
        self.password = secrets.token_hex(16)
        self.child: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def is_up(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [program("setpriv", "util-linux"), "--pdeathsig", "KILL", *self.command()],
                env={**os.environ, **self.environment()}, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + STARTS_WITHIN
        while not self.is_up():
            if self.child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.child is None or self.child.poll() is not None:
            return
        self.child.send_signal(self.stops_by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(15)
        self.kill()

    def kill(self) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


def as_postgres(home: Path) -> list[str]:
    """PostgreSQL and PgBouncer refuse to run as root."""
    if os.getuid():
        return []
    user = ["--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig", "KILL"]
    return [program("setpriv", "util-linux"), *user, "env", f"HOME={home}"]


class PostgreSQL(Server):
    name = "postgresql"
    stops_by = signal.SIGINT  # at once, with the sessions that are open

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        own = self.folder / "own"
        own.mkdir(mode=0o700)
        password = own / "password"
        password.write_text(self.password)
        if os.getuid() == 0:
            shutil.chown(own, "postgres")
            shutil.chown(password, "postgres")
        self.own, self.run_as = own, as_postgres(own)
        init = [
            self.tool("initdb"), "-D", str(own / "data"), "-U", "desk", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}",
        ]  # fmt: skip
        done = subprocess.run([*self.run_as, *init], cwd=own, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr}")

    def tool(self, name: str) -> str:
        return program(name, "postgresql", f"/usr/lib/postgresql/*/bin/{name}")

    def command(self) -> list[str]:
        options = ["-c", "fsync=off", "-c", "max_connections=300"]
        data = ["-D", str(self.own / "data"), "-k", str(self.own), "-h", "127.0.0.1", "-p", str(self.port)]
        return [*self.run_as, self.tool("postgres"), *data, *options]

    def is_up(self) -> bool:
        asked = [self.tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked).returncode == 0

    @property
    def url(self) -> str:
        return f"postgres://desk:{self.password}@127.0.0.1:{self.port}/postgres"


class PgBouncer(Server):
    """In transaction mode, with few sessions for all who ask."""

    name = "pgbouncer"

    def __init__(self, folder: Path, user: str, password: str, port: int, sessions: int = 20) -> None:
        super().__init__(folder)
        users, ini = self.folder / "users", self.folder / "pgbouncer.ini"
        users.write_text(f'"{user}" "{password}"\n')
        ini.write_text(
            f"[databases]\n* = host=127.0.0.1 port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {self.port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {users}\n"
            f"pool_mode = transaction\ndefault_pool_size = {sessions}\nserver_idle_timeout = 1\n"
        )
        if os.getuid() == 0:
            for path in (self.folder, users, ini):
                shutil.chown(path, "postgres")

    def command(self) -> list[str]:
        return [*as_postgres(self.folder), program("pgbouncer", "pgbouncer"), str(self.folder / "pgbouncer.ini")]


class Redis(Server):
    """Keeps nothing when it is stopped. With `tls`, a folder with tls.crt, tls.key and authority.crt, it speaks TLS."""

    name = "redis"

    def __init__(self, folder: Path, password: str = "", tls: Path | None = None, primary: int = 0) -> None:
        super().__init__(folder)
        self.password, self.tls, self.primary = password, tls, primary

    def command(self) -> list[str]:
        options = {"bind": "127.0.0.1", "port": self.port, "dir": self.folder, "save": "", "appendonly": "no"}
        if self.password:
            options |= {"requirepass": self.password, "masterauth": self.password}
        if self.primary:
            options |= {"replicaof": f"127.0.0.1 {self.primary}"}
        if self.tls:
            options |= {"port": 0, "tls-port": self.port, "tls-auth-clients": "no"}
            options |= {f"tls-{name}": self.tls / file for name, file in TLS_FILES.items()}
        words = [word for name, value in options.items() for word in (f"--{name}", *(str(value).split(" ")))]
        return [program("redis-server", "redis-server"), *words]

    @property
    def url(self) -> str:
        who = f":{quote(self.password, safe='')}@" if self.password else ""
        if self.tls:
            return f"rediss://{who}localhost:{self.port}/0?ssl_ca_certs={self.tls}/authority.crt"
        return f"redis://{who}127.0.0.1:{self.port}/0"


TLS_FILES = {"cert-file": "tls.crt", "key-file": "tls.key", "ca-cert-file": "authority.crt"}


class Sentinel(Server):
    """Watches one primary; two of them make a replica the primary once it has been away for a second."""

    name = "sentinel"

    def __init__(self, folder: Path, primary: Redis) -> None:
        super().__init__(folder)
        watch = f"sentinel monitor desk 127.0.0.1 {primary.port} 2\nsentinel down-after-milliseconds desk 1000\n"
        watch += "sentinel failover-timeout desk 5000\n"
        if primary.password:
            watch += f"sentinel auth-pass desk {primary.password}\n"
        own = f"bind 127.0.0.1\nport {self.port}\ndir {self.folder}\n"
        (self.folder / "sentinel.conf").write_text(own + watch)

    def command(self) -> list[str]:
        return [program("redis-server", "redis-server"), str(self.folder / "sentinel.conf"), "--sentinel"]


class RabbitMQ(Server):
    """A node with a name server (epmd) of its own, so that a RabbitMQ of the machine's is not touched."""

    name = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.dist, self.epmd_port = free_ports(2)
        self.folder.chmod(0o700)
        self.epmd: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder), "ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "desk@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(self.dist), "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/data", "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{self.folder}/none", "RABBITMQ_CONF_ENV_FILE": f"{self.folder}/none",
            "RABBITMQ_PID_FILE": f"{self.folder}/pid", "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    def command(self) -> list[str]:
        return [program("rabbitmq-server", "rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")]

    def start(self) -> None:
        self.starts = self.log.read_text(errors="replace").count(STARTED) + 1 if self.log.exists() else 1
        if self.epmd is None:
            epmd = [program("setpriv", "util-linux"), "--pdeathsig", "KILL", program("epmd", "rabbitmq-server")]
            self.epmd = subprocess.Popen(
                epmd, env={**os.environ, **self.environment()}, stdin=subprocess.DEVNULL, start_new_session=True
            )
        super().start()

    def is_up(self) -> bool:
        return self.log.read_text(errors="replace").count(STARTED) >= self.starts

    def add_place(self, name: str, queues: str = "classic") -> str:
        """A virtual host, whose queues are of this type unless they say otherwise. Returns its address."""
        self.ctl("add_vhost", name, "--default-queue-type", queues)
        self.ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        return self.url_of(name)

    def ctl(self, *arguments: str) -> None:
        tool = program("rabbitmqctl", "rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmqctl")
        command = [tool, "--quiet", "--node", "desk@localhost", *arguments]
        done = subprocess.run(command, env={**os.environ, **self.environment()}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {done.stdout}{done.stderr}")

    def url_of(self, place: str) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{place}"

    def kill(self) -> None:
        super().kill()
        if self.epmd:
            self.epmd.kill()
            self.epmd.wait()
            self.epmd = None


STARTED = "Server startup complete"


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    """A folder that servers of other users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="desk-servers-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(*servers: Server) -> Iterator[None]:
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in reversed(servers):
            server.stop()


def main(command: list[str], lanes: int = 3) -> int:
    """Runs it beside them. Lanes of tests side by side have places of their own: RabbitMQ's `laneN` and `quorumN`, of
    which TEST_AMQP_URL and TEST_QUORUM_URL name the first, and Redis' databases."""
    with temporary() as folder:
        postgres, redis, rabbit = PostgreSQL(folder), Redis(folder), RabbitMQ(folder)
        bouncer = PgBouncer(folder, "desk", postgres.password, postgres.port)
        with running(postgres, bouncer, redis, rabbit):
            places = [(rabbit.add_place(f"lane{n}"), rabbit.add_place(f"quorum{n}", "quorum")) for n in range(lanes)]
            environment = {
                "TEST_DATABASE_URL": postgres.url, "TEST_REDIS_URL": redis.url,
                "TEST_AMQP_URL": places[0][0], "TEST_QUORUM_URL": places[0][1],
                "TEST_PGBOUNCER_PORT": str(bouncer.port),
            }  # fmt: skip
            child = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)

            def pass_on(number: int, frame: object) -> None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, number)

            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, pass_on)
            return child.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Missing as missing:
        sys.exit(str(missing))
