"""Gunicorn's worker with threads, but no thread waits for a client: the poller gathers a request, head and body.

Gunicorn's own takes a thread with a connection's first byte, and a thread reads without a limit: as many clients as
there are threads, each with half a head, stop the desk. Here a request that has not arrived costs one of many
connections, for a limited time, and memory or a temporary file as large as what was sent. Nor does a thread wait for
what an answer is held back for (`task.kit.later`): the connection stays, and its request is made again afterwards.
"""

import errno
import math
import re
import selectors
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from task.kit.later import Later, Over

HEAD_BYTES = 64 * 1024
PIECE = 64 * 1024
IN_MEMORY = 256 * 1024  # of a request; what is larger goes to a file
SLOWEST = 10_000  # bytes a second: a body has the head's time and as much more as it needs at this pace
LINGERS = 2.0  # seconds in which a client may read our last words
TO_SEND = 20.0  # seconds
ASKS_EVERY = 0.25  # seconds between two questions whether what is waited for is over
LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)


class Unfit(Exception):
    """A request that is answered in one line, without a thread: the line."""


class Line(socket.socket):
    """A client's connection. Threads read from it what the poller has gathered, and never wait for more."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.setblocking(False)
        self.begin()

    def begin(self) -> None:
        """A new request comes."""
        self.head = bytearray()
        self.held: Any = None  # head and body, once the head is whole
        self.missing = 0
        self.is_cut = False  # its body is too large to be read: whoever answers it has the head alone
        self.can_wait = self.has_waited = False  # for what a `Later` tells
        self.request_id = ""
        self.patience = float(settings.WEB_PATIENCE)

    def gather(self, data: bytes) -> bool:
        """Take what has come; True when the request is whole."""
        if self.held is None:
            begin = max(0, len(self.head) - 3)
            self.head += data
            end = self.head.find(b"\r\n\r\n", begin)
            if end < 0:
                if len(self.head) > HEAD_BYTES:
                    raise Unfit("431 Request Header Fields Too Large")
                return False
            data = bytes(self.head[end + 4 :])
            self._read(bytes(self.head[: end + 4]))
        self.held.write(data)
        self.missing -= len(data)
        if self.missing > 0:
            return False
        self.held.seek(0)
        return True

    def _read(self, head: bytes) -> None:
        if IN_CHUNKS.search(head):  # its body would not reach Django, which goes by the length
            raise Unfit("411 Length Required")
        lengths = LENGTH.findall(head)
        self.missing = int(lengths[0]) if len(lengths) == 1 else 0  # of several the parser says what it thinks
        self.is_cut = self.missing > settings.LARGEST_REQUEST
        if self.is_cut:
            self.missing = 0
        elif self.missing and EXPECTS.search(head):
            head = EXPECTS.sub(b"", head)  # else it would be told twice to go on
            self.tell("100 Continue", "")
        self.patience += self.missing / SLOWEST
        self.held = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- as long as the request
        self.held.write(head)

    def tell(self, status: str, rest: str = "Connection: close\r\nContent-Length: 0\r\n") -> None:
        """As much of it as can be sent at once."""
        self.setblocking(False)
        super().send(f"HTTP/1.1 {status}\r\n{rest}\r\n".encode())

    def receive(self) -> bytes:
        return super().recv(PIECE)

    def is_gone(self) -> bool:
        """The client has hung up; False where it sends more."""
        return not super().recv(1, socket.MSG_PEEK)

    def recv(self, size: int, flags: int = 0) -> bytes:
        data: bytes = self.held.read(size) if self.held is not None else b""
        return data

    def setblocking(self, flag: bool) -> None:
        self.settimeout(TO_SEND if flag else 0.0)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.settimeout(TO_SEND + len(data) / SLOWEST)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise slow() from None

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        try:
            return super().sendfile(file, offset, count)
        except TimeoutError:
            raise slow() from None

    def close(self) -> None:
        if self.held is not None:
            self.held.close()
        super().close()


def slow() -> ConnectionResetError:
    """Gunicorn says nothing about a client that went away, and this one is sent away."""
    return ConnectionResetError(errno.ECONNRESET, "It does not take its answer")


class PatientWorker(ThreadWorker):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[TConn, float] = {}  # connections in the poller, and until when
        self.held_back: dict[TConn, tuple[Later, float]] = {}  # what their answers wait for, and until when
        self.next_asking = 0.0

    def accept(self, listener: socket.socket) -> None:
        if self.cfg.is_ssl:
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except OSError as fault:
            if fault.errno in (errno.EMFILE, errno.ENFILE):  # no file is left: the next turn makes room
                self.make_room()
            elif fault.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, Line(client), address, listener.getsockname())
        self.wait(conn, settings.WEB_PATIENCE)

    # Waiting

    def wait(self, conn: TConn, seconds: float, lingers: bool = False) -> None:
        self.waiting[conn] = time.monotonic() + seconds
        act = self.on_last_bytes if lingers else self.on_bytes
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(act, conn))

    def wait_no_more(self, conn: TConn) -> None:
        self.waiting.pop(conn, None)
        with suppress(KeyError, ValueError, OSError):
            self.poller.unregister(conn.sock)

    def drop(self, conn: TConn) -> None:
        self.wait_no_more(conn)
        self.nr_conns -= 1
        conn.close()

    def on_bytes(self, conn: TConn, line: Line) -> None:
        try:
            data = line.receive()
            if data:
                self.feed(conn, data)
            else:
                self.drop(conn)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # it is gone, or there is no room for what it sends
            self.drop(conn)

    def feed(self, conn: TConn, data: bytes) -> None:
        line = conn.sock
        is_new = not line.head
        before = line.patience
        try:
            whole = line.gather(data)
        except Unfit as answer:
            line.tell(str(answer))
            self.linger(conn)
            return
        if whole:
            self.wait_no_more(conn)
            conn.data_ready = True
            self.enqueue_req(conn)
        elif is_new or line.patience != before:  # a byte now and then buys no more time
            self.waiting[conn] = time.monotonic() + line.patience

    def linger(self, conn: TConn) -> None:
        """Close it once the client has read what was said: a reset would take it away from under its eyes."""
        self.wait_no_more(conn)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.wait(conn, LINGERS, lingers=True)
        except OSError:
            self.drop(conn)

    def on_last_bytes(self, conn: TConn, line: Line) -> None:
        try:
            if not line.receive():
                self.drop(conn)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.drop(conn)

    # Answers that are held back

    def hold_back(self, conn: TConn, later: Later) -> None:
        conn.sock.setblocking(False)
        self.held_back[conn] = later, time.monotonic() + later.seconds
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_bytes_too_early, conn))

    def on_bytes_too_early(self, conn: TConn, line: Line) -> None:
        """It has hung up, or sends its next request, which is read behind the answer to this one."""
        gone = True
        with suppress(OSError):
            gone = line.is_gone()
        self.wait_no_more(conn)
        if gone and conn in self.held_back:
            del self.held_back[conn]
            self.drop(conn)

    def ask_for_all(self) -> None:
        """Ask for all of them at once, in a thread: a database may take its time."""
        now = time.monotonic()
        if not self.held_back or now < self.next_asking:
            return
        self.next_asking = math.inf  # until this one has ended
        keys: dict[Over, set[Any]] = {}
        for later, until in self.held_back.values():
            if until > now:
                keys.setdefault(later.over, set()).add(later.key)
        asked = self.tpool.submit(lambda: {over: over(list(some)) for over, some in keys.items()})
        asked.add_done_callback(lambda done: self.method_queue.defer(self.after_asking, done))

    def after_asking(self, asked: Future[dict[Over, set[Any]]]) -> None:
        now = time.monotonic()
        self.next_asking = now + ASKS_EVERY
        if fault := asked.exception():  # as a database that is away: the next one tells
            self.log.warning("Can't see what %d answers wait for: %s", len(self.held_back), fault)
        over = {} if fault else asked.result()
        for conn, (later, until) in list(self.held_back.items()):
            if until <= now or later.key in over.get(later.over, ()):
                self.make_again(conn)

    def make_again(self, conn: TConn) -> None:
        """The request that was held back: it lies there whole, and is read anew."""
        conn.sock.request_id = self.held_back.pop(conn)[0].request_id
        self.wait_no_more(conn)
        conn.parser, conn.initialized = None, False
        conn.sock.held.seek(0)
        conn.sock.has_waited = True
        self.enqueue_req(conn)

    # What gunicorn's own loop calls

    def handle(self, conn: TConn) -> Any:
        if isinstance(conn.sock, Line):
            conn.sock.can_wait = self.alive and len(self.held_back) < self.worker_connections // 2
        try:
            keep = super().handle(conn)
        except Later as later:
            return later
        return keep and not getattr(conn.sock, "is_cut", False)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        if not isinstance(conn.sock, Line):
            super().finish_request(conn, fs)
            return
        try:
            if fs.cancelled() or fs.exception() or not fs.result():
                self.linger(conn)
                return
            if isinstance(fs.result(), Later):
                self.hold_back(conn, fs.result())
                return
            ahead = conn.parser.unreader.take_buffered() + conn.sock.held.read()
            conn.sock.held.close()
            conn.sock.begin()
            conn.sock.setblocking(False)
            self.wait(conn, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
            if ahead:
                self.feed(conn, ahead)
        except Exception:
            self.drop(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, ASKS_EVERY) if self.held_back else timeout)
        self.ask_for_all()

    def murder_pending(self) -> None:
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, until in self.waiting.items() if until < now]:
            if conn.sock.head:
                with suppress(OSError):
                    conn.sock.tell("408 Request Timeout")
            self.drop(conn)
        if self.nr_conns >= self.worker_connections:
            self.make_room()

    def make_room(self) -> None:
        """All places are taken: those go that have waited longest, for a request that is meant arrives at once."""
        for conn in list(self.waiting)[: max(1, self.worker_connections // 10)]:
            self.drop(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        super().murder_keepalived(force)
        if force:
            for conn in [*self.waiting, *self.held_back]:
                self.drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        self.waiting = {conn: min(until, deadline) for conn, until in self.waiting.items()}
        self.held_back = {conn: (later, 0.0) for conn, (later, _) in self.held_back.items()}  # answered now
