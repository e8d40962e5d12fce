"""Clients that are slow, or silent, cost connections and never threads. Each server here has two threads."""

import http.client
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.desk import free_port
from tests.processes import Process, running, wait_until

THREADS = 2
TOKEN = "sixteen-letters-"
PATIENCE = 600  # seconds: what must be answered meanwhile does not wait for its end


class Server:
    def __init__(self, *command: str, **env: str) -> None:
        self.port = free_port()
        own = {"PORT": str(self.port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": "1", "WEB_THREADS": str(THREADS), **env}
        self.process = Process([sys.executable, *command], {"DJANGO_SETTINGS_MODULE": "tests.settings", **own})
        wait_until(self.listens, what=self.process.said)

    def listens(self) -> bool:
        with ExitStack() as stack:
            try:
                stack.enter_context(socket.create_connection(("127.0.0.1", self.port)))
            except OSError:
                return False
            return True

    def connect(self, sent: bytes = b"") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        line.sendall(sent)
        return line

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


def echo(**env: str) -> Server:
    config = "python:celerytask.gunicorn"
    return Server("-m", "gunicorn", "--config", config, "--no-control-socket", "tests.echo:application", **env)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The desk's own web process, which starts on a database of its own version alone."""
    folder = tmp_path_factory.mktemp("web")
    env = {"TEST_RUN_DATABASE_URL": f"sqlite:///{folder}/desk.sqlite3", "TMPDIR": str(folder), "METRICS_TOKEN": TOKEN}
    env["LOG_FORMAT"] = "json"
    migrate = Process([sys.executable, "manage.py", "migrate"], {"DJANGO_SETTINGS_MODULE": "tests.settings", **env})
    assert migrate.child.wait(60) == 0, migrate.said()
    server = Server("-m", "celerytask.web", WEB_PATIENCE=str(PATIENCE), **env)
    with running(server.process):
        assert list(folder.glob("desk-metrics-*"))
        yield server
        server.process.stop()
        assert [json.loads(line)["logger"] for line in server.process.said().splitlines()]
    assert not list(folder.glob("desk-metrics-*"))


@pytest.fixture(scope="module")
def patient() -> Iterator[Server]:
    server = echo(WEB_PATIENCE=str(PATIENCE))
    with running(server.process):
        yield server


@pytest.fixture(scope="module")
def impatient() -> Iterator[Server]:
    server = echo(WEB_PATIENCE="1")
    with running(server.process):
        yield server


def until_closed(line: socket.socket) -> bytes:
    """What still comes; returns when the server has closed the connection."""
    said = b""
    while piece := line.recv(4096):
        said += piece
    return said


HALF_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nxxx"


@pytest.mark.parametrize("sent", [HALF_HEAD, b"G", b"", HALF_BODY], ids=["heads", "letters", "silence", "bodies"])
def test_forty_half_requests_and_the_desk_answers(desk: Server, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(desk.connect(sent))
        for _ in range(5):
            assert desk.ask("GET", "/healthz") == (200, b"alive\n")


def test_what_a_request_worker_has_counted_is_told_by_the_next_one(desk: Server) -> None:
    def answered() -> int:
        told = desk.ask("GET", "/metrics", Authorization=f"Bearer {TOKEN}")[1].decode()
        found = re.search(r'^desk_web_request_seconds_count{route="healthz",status="2xx"} (\d+)', told, re.MULTILINE)
        return int(found[1]) if found else 0

    def worker() -> str:
        return Path(f"/proc/{desk.process.pid}/task/{desk.process.pid}/children").read_text().strip()

    before, first = answered(), worker()
    desk.ask("GET", "/healthz")
    os.kill(int(first), signal.SIGKILL)
    wait_until(lambda: worker() not in ("", first), what=desk.process.said)
    desk.ask("GET", "/healthz")
    assert answered() == before + 2


def test_forty_connections_that_are_kept_alive_and_the_desk_answers(desk: Server) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            line = stack.enter_context(desk.connect(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            assert line.recv(4096).startswith(b"HTTP/1.1 200")
        assert desk.ask("GET", "/healthz") == (200, b"alive\n")


def test_clients_that_do_not_read_nor_close_hold_up_nobody(patient: Server) -> None:
    with ExitStack() as stack:
        for _ in range(20):  # gunicorn's own would wait 2 s for each to close, one after the other
            stack.enter_context(patient.connect(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        assert patient.ask("GET", "/")[0] == 200


@pytest.mark.parametrize(("sent", "says"), [(HALF_HEAD, b"408"), (HALF_HEAD[:1], b"408"), (b"", b"")])
def test_a_head_that_does_not_come_is_waited_for_and_no_longer(impatient: Server, sent: bytes, says: bytes) -> None:
    with impatient.connect(sent) as line:
        assert says in until_closed(line)


def test_a_byte_now_and_then_buys_no_time(impatient: Server) -> None:
    with impatient.connect(HALF_HEAD) as line:
        line.settimeout(0.1)

        def is_closed() -> bool:
            try:
                line.sendall(b"x")
                return line.recv(4096) != b"" or True
            except TimeoutError:
                return False
            except OSError:
                return True

        wait_until(is_closed, 30)


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_a_body_arrives_whole(patient: Server, size: int) -> None:
    assert patient.ask("POST", "/", b"x" * size) == (200, b"POST %d %s" % (size, b"x" * min(size, 10)))


def test_a_request_in_many_pieces_arrives_whole(patient: Server) -> None:
    with patient.connect() as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc":
            line.sendall(bytes([byte]))
        assert until_closed(line).endswith(b"POST 3 abc")


def test_requests_on_one_connection_one_after_the_other_and_ahead_of_time(patient: Server) -> None:
    one = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"
    with patient.connect(one + b"abc" + one + b"def" + one.replace(b"Host", b"Connection: close\r\nHost")) as line:
        line.sendall(b"ghi")
        said = until_closed(line)
    assert [said.count(b"POST 3 " + body) for body in (b"abc", b"def", b"ghi")] == [1, 1, 1]


def test_a_body_that_nobody_reads_is_no_next_request(patient: Server) -> None:
    body = b"GET / HTTP/1.1\r\n\r\n"
    head = b"POST /unread HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with patient.connect(head + body + last) as line:
        assert until_closed(line).count(b"HTTP/1.1 200") == 2


def test_who_asks_before_it_sends_is_told_to_go_on_once(patient: Server) -> None:
    head = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
    )
    with patient.connect(head) as line:
        assert line.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")
        said = until_closed(line)
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert said.endswith(b"POST 3 abc")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b" 411 "),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, b" 431 "),
        (b"rubbish\r\n\r\n", b" 400 "),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", b" 400 "),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -3\r\n\r\nabc", b" 400 "),
    ],
    ids=["chunks", "a long head", "rubbish", "two lengths", "no length"],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(patient: Server, sent: bytes, says: bytes) -> None:
    with patient.connect(sent) as line:
        assert says in until_closed(line)
    assert "Traceback" not in patient.process.said()


def test_who_hangs_up_leaves_no_connection_behind_and_no_word(patient: Server) -> None:
    for sent in (b"", HALF_HEAD, HALF_BODY, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        patient.connect(sent).close()
    assert patient.ask("GET", "/")[0] == 200
    if sys.platform == "linux":
        wait_until(lambda: connections_of(patient.process.pid) == 0, what="the end of its connections")
    assert "Traceback" not in patient.process.said()


def connections_of(master: int) -> int:
    """How many connections of clients the only worker of this gunicorn has open."""
    worker = Path(f"/proc/{master}/task/{master}/children").read_text().split()[0]
    count = 0
    for entry in Path(f"/proc/{worker}/fd").iterdir():
        with suppress(OSError):
            count += "socket:" in os.readlink(entry)
    return count - 1  # the one on which it listens


def test_a_large_answer_arrives_whole(patient: Server) -> None:
    status, body = patient.ask("GET", "/large")
    assert (status, len(body)) == (200, 30_000_000)


def test_when_all_connections_are_taken_those_that_say_nothing_make_room() -> None:
    server = echo(WEB_PATIENCE=str(PATIENCE), GUNICORN_CMD_ARGS="--worker-connections 20")
    with running(server.process), ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(server.connect(HALF_HEAD))
        assert server.ask("GET", "/")[0] == 200
