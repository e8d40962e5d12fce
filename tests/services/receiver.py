"""Somebody's server that webhooks call: on loopback, it keeps each call and answers as a test wants, however oddly."""

import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

Answer = Callable[[Any, threading.Event], None]  # (where to write, set once the test is over)


@dataclass
class Call:
    line: str
    headers: dict[str, str]  # names in lower case
    body: bytes


def plain(status: int, body: bytes = b"", **headers: str) -> Answer:
    def write(out: Any, over: threading.Event) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        out.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)

    return write


def silent(out: Any, over: threading.Event) -> None:
    over.wait(60)


def slow_head(out: Any, over: threading.Event) -> None:
    """A byte now and then, of headers that never end."""
    out.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.05):
        out.write(b"x")


def slow_body(out: Any, over: threading.Event) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not over.wait(0.05):
        out.write(b"x")


def endless(out: Any, over: threading.Event) -> None:
    out.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.is_set():
        out.write(b"y" * 65_536)


def rubbish(out: Any, over: threading.Event) -> None:
    out.write(b"220 mail.example.org ESMTP\r\n")


def closed(out: Any, over: threading.Event) -> None:
    """Not a word."""


class Receiver:
    def __init__(self, certificate: Path | None = None) -> None:
        self.calls: list[Call] = []
        self.names: list[str | None] = []  # that clients asked for by SNI
        self.answer: Answer = plain(200)
        self.over = threading.Event()
        receiver = self

        class Handler(socketserver.StreamRequestHandler):
            wbufsize = 0

            def handle(self) -> None:
                with suppress(OSError, ValueError):
                    line = self.rfile.readline().decode().strip()
                    headers = {}
                    while header := self.rfile.readline().decode().strip():
                        name, _, value = header.partition(":")
                        headers[name.lower()] = value.strip()
                    body = self.rfile.read(int(headers.get("content-length", "0")))
                    receiver.calls.append(Call(line, headers, body))
                    receiver.answer(self.wfile, receiver.over)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            context.sni_callback = lambda sock, name, context: self.names.append(name)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def passed(begun: float) -> float:
    return time.monotonic() - begun
