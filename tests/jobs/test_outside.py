"""Asking a service on loopback that behaves badly."""

import socket
import threading

import pytest

from task.jobs import Temporary
from task.jobs.outside.http import fetch
from tests.processes import wait_until


@pytest.fixture
def dripping():
    """Sends a byte now and then, and never comes to an end."""
    gone = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.recv(10_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n")
            while not gone.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    def listen() -> None:
        while not gone.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=[connection], daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    gone.set()
    listening.close()


def test_an_answer_without_end_leaves_no_thread_behind(dripping):
    def asking() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]

    for _ in range(3):
        with pytest.raises(Temporary, match=r"127\.0\.0\.1 took longer than 0\.3 s to answer\."):
            fetch(dripping, timeout=0.3)
    wait_until(lambda: not asking(), 10)
