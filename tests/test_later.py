"""Answers that are held back cost connections and no threads."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import running, wait_until
from tests.test_web_worker import PATIENCE, Server, connections_of, echo, until_closed


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = echo(WEB_PATIENCE=str(PATIENCE))
    with running(server.process):
        yield server


def waiter(server: Server, file: Path, seconds: float = PATIENCE) -> socket.socket:
    head = f"GET /later{file}?{seconds} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return server.connect(head.encode())


def says_nothing(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    finally:
        line.settimeout(60)
    return False


def test_forty_wait_beside_two_threads_and_each_is_answered_when_it_is_over(server: Server, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with ExitStack() as stack:
        early = [stack.enter_context(waiter(server, one)) for _ in range(20)]
        late = [stack.enter_context(waiter(server, other)) for _ in range(20)]
        for _ in range(5):
            assert server.ask("GET", "/")[0] == 200
        assert all(says_nothing(line) for line in early + late)
        one.touch()
        assert all(until_closed(line).endswith(b"GET 0 ") for line in early)
        assert all(says_nothing(line) for line in late)
        other.touch()
        assert all(until_closed(line).endswith(b"GET 0 ") for line in late)


def test_no_longer_than_it_says(server: Server, tmp_path: Path) -> None:
    with waiter(server, tmp_path / "never", 0.3) as line:
        assert until_closed(line).endswith(b"GET 0 ")


def test_a_body_is_there_again_and_the_next_request_on_the_line_is_read_behind_it(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    first = f"POST /later{file}?{PATIENCE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nwords".encode()
    last = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
    with server.connect(first + last) as line:
        line.sendall(b"abc")
        assert server.ask("GET", "/")[0] == 200
        assert says_nothing(line)
        file.touch()
        said = until_closed(line)
    assert said.index(b"POST 5 words") < said.index(b"POST 3 abc")


@pytest.mark.skipif("not Path('/proc/self/fd').exists()", reason="counts connections as Linux shows them")
def test_who_hangs_up_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    lines = [waiter(server, tmp_path / "never") for _ in range(5)]
    wait_until(lambda: connections_of(server.process.pid) == 5, what="their connections")
    for line in lines:
        line.close()
    wait_until(lambda: connections_of(server.process.pid) == 0, what="the end of their connections")


def test_of_all_connections_half_may_wait_and_a_stopping_server_answers_them(tmp_path: Path) -> None:
    server = echo(WEB_PATIENCE=str(PATIENCE), GUNICORN_CMD_ARGS="--worker-connections 10")
    with running(server.process), ExitStack() as stack:
        lines = [stack.enter_context(waiter(server, tmp_path / "never")) for _ in range(5)]
        wait_until(lambda: server.ask("GET", f"/later{tmp_path}/never?0.1")[1].startswith(b"It can"))
        os.kill(server.process.pid, signal.SIGTERM)
        assert all(until_closed(line).endswith(b"GET 0 ") for line in lines)
