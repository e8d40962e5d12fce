"""A service on loopback for tests and benchmarks: what the stand-ins for other services share."""

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

NO_ANSWER = 0  # a status: the connection is closed without a word


@dataclass
class Odd:
    """An answer, if need be an odd one."""

    status: int = 200
    body: bytes | str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0


class Stub:
    """Answers GET with what `asked` makes of a request and `answer` says to it."""

    content_type = "application/json"

    def __init__(self, delay: float = 0, port: int = 0) -> None:
        self.delay = delay
        self.requests: list[Any] = []
        self.always: Odd | None = None
        self._queue: deque[Odd] = deque()
        self._lock = threading.Lock()
        self.server = _Server(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def queue(self, **odd: Any) -> None:
        """Answer the next request so. Several are answered in their order."""
        self._queue.append(Odd(**odd))

    def odd(self) -> Odd | None:
        """What a test wants the next answer to be, if it does."""
        return self._queue.popleft() if self._queue else self.always

    def asked(self, path: str, headers: Message) -> Any:
        raise NotImplementedError

    def answer(self, asked: Any) -> Odd:
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked may have been killed meanwhile."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            reply = stub.answer(stub.asked(self.path, self.headers))
            time.sleep(reply.delay or stub.delay)
            if reply.status == NO_ANSWER:
                self.close_connection = True
                return
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response_only(reply.status)
            usual = {"Date": self.date_time_string(), "Content-Type": stub.content_type}
            for name, value in (usual | reply.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    return Handler
